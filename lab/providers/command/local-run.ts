import { spawn } from "node:child_process";

import { ProviderError } from "../rpc/provider";
import { goQuote } from "./go-quote";
import { previousOutput } from "./job";
import type { Job, Results } from "./job";
import { Output } from "./output";

export interface Here {
  /** The program and its arguments in front of the command; `/bin/sh -c` when empty. */
  readonly interpreter: readonly string[];
  /** Where to run; the folder of the provider when absent. */
  readonly dir?: string;
}

/**
 * Runs a command on this machine.
 *
 * @throws ProviderError when it cannot be started or does not end with 0.
 */
export async function runLocal(here: Here, job: Job): Promise<Results> {
  const [program = "/bin/sh", ...args] = here.interpreter.length > 0 ? here.interpreter : ["/bin/sh", "-c"];
  const output = new Output();
  const child = spawn(program, [...args, job.command], {
    cwd: here.dir,
    env: { ...process.env, ...job.environment, ...previousOutput(job) },
    signal: job.signal,
    killSignal: "SIGKILL",
    stdio: ["pipe", "pipe", "pipe"],
  });
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (chunk: Buffer) => {
      output.add(stream, chunk);
      job.onOutput(stream, chunk);
    });
  }
  // A command that ends without reading its input breaks the pipe; how it ended says what matters.
  child.stdin.on("error", () => undefined);
  child.stdin.end(job.stdin ?? "");
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? `fork/exec ${program}: no such file or directory` : error.message),
    );
    child.once("close", (status, signal) =>
      resolve(signal ? `signal: ${signal}` : status === 0 ? undefined : `exit status ${status ?? 1}`),
    );
  });
  job.signal.throwIfAborted();
  if (failure !== undefined) {
    throw new ProviderError(`${failure}: running ${goQuote(job.command)}:\n${output.mixed()}`);
  }
  return output.trimmed();
}
