import * as runner from "@pulumi/pulumi/cmd/run-policy-pack/run";

import { compileTypeScript } from "./typescript";

/** What the SDK's own entry point calls; its declaration is left out of the package. */
interface Runner {
  run(options: {
    argv: { _: readonly string[] };
    programStarted: () => void;
    reportLoggedError: (error: Error) => void;
    typeScript: boolean;
  }): Promise<unknown>;
}

/** The exit code that tells the engine that the user has been told what is wrong. */
const USER_WAS_TOLD = 32;

/**
 * The program `pulumi-analyzer-policy-nodejs`: runs a policy pack when there is no language host of the full Pulumi CLI. It
 * does what `@pulumi/pulumi/cmd/run-policy-pack` does, except for TypeScript: that one has ts-node check all types of the
 * pack and of everything it imports, at every preview.
 *
 * @param args the engine's address, then the folder of the pack.
 */
function main(args: readonly string[]): void {
  const [engine, pack, ...rest] = args.filter((arg) => !arg.startsWith("-"));
  if (engine === undefined || pack === undefined) {
    throw new Error("usage: pulumi-analyzer-policy-nodejs ENGINE FOLDER");
  }
  const failed = new Set<unknown>();
  const told = new Set<unknown>();
  let running = false;
  const note = (error: unknown): void => {
    failed.add(error);
    if (!running) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  process.on("exit", (code) => {
    // An exit code of 0 would let a deployment go on that no policy has seen.
    if (code === 0 && failed.size > 0) {
      process.exitCode = [...failed].every((error) => told.has(error)) ? USER_WAS_TOLD : 1;
    }
  });
  compileTypeScript();
  void (runner as unknown as Runner)
    .run({
      argv: { _: [pack, ...rest] },
      programStarted: () => (running = true),
      reportLoggedError: (error) => told.add(error),
      typeScript: false,
    })
    .then(() => (running = false));
}

main(process.argv.slice(2));
