import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

import type { Severity } from "./provider";

const SEVERITIES: Readonly<Record<Severity, LogSeverity>> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

/** The engine's log, as a provider writes to it. */
export class EngineLog {
  private client: EngineClient | undefined;
  private sending = new Set<Promise<void>>();

  /** @param address `host:port` of the engine; without it messages go to stderr, where the engine picks them up too. */
  constructor(private readonly address: string | undefined) {}

  write(severity: Severity, message: string, urn: string, passing: boolean): void {
    if (this.address === undefined) {
      process.stderr.write(`${message}\n`);
      return;
    }
    // Connecting costs time and most runs have nothing to say.
    this.client ??= new EngineClient(this.address, credentials.createInsecure());
    const client = this.client;
    const request = new LogRequest()
      .setSeverity(SEVERITIES[severity])
      .setMessage(message)
      .setUrn(urn)
      .setEphemeral(passing);
    const sent = new Promise<void>((resolve) => {
      client.log(request, (error) => {
        if (error) {
          process.stderr.write(`${message}\n`);
        }
        resolve();
      });
    });
    this.sending.add(sent);
    void sent.then(() => this.sending.delete(sent));
  }

  /** Waits until all that was written has arrived. */
  async flush(): Promise<void> {
    await Promise.all(this.sending);
  }
}
