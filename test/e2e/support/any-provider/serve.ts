import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { ProviderService } from "../../../../lab/providers/rpc/server";
import { anyProvider } from "./provider";

/** A {@link anyProvider} that serves engines until it is stopped. */
export interface RunningAnyProvider {
  /** What tells an engine to take it for these packages, and to look for no plugin of them. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Serves the provider of any type in this process.
 *
 * @param packages such as `aws`, `kubernetes`.
 */
export async function serveAnyProvider(packages: readonly string[]): Promise<RunningAnyProvider> {
  const service = new ProviderService(anyProvider(), undefined);
  const server = new Server();
  server.addService(ResourceProviderService, service.implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  return {
    env: { PULUMI_DEBUG_PROVIDERS: packages.map((name) => `${name}:${port}`).join(",") },
    stop: async () => {
      await service.stop();
      server.forceShutdown();
    },
  };
}

/** As a process of its own, which says how to reach it and ends with whoever started it. */
if (require.main === module) {
  void serveAnyProvider(process.argv.slice(2)).then(({ env }) => {
    console.log(JSON.stringify(env));
    process.stdin.resume().once("end", () => process.exit());
  });
}
