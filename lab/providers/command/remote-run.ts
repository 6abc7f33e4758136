import type { Client, ClientChannel } from "ssh2";

import { ProviderError } from "../rpc/provider";
import type { Connection } from "./connection";
import { dial } from "./dial";
import { goQuote } from "./go-quote";
import { previousOutput } from "./job";
import type { Job, Results } from "./job";
import { Output } from "./output";
import { withEnvironmentReplies } from "./session-environment";

/** The numbers of the signals that SSH knows by name (RFC 4254, section 6.10). */
const SIGNALS: Readonly<Record<string, number>> = {
  ABRT: 6,
  ALRM: 14,
  FPE: 8,
  HUP: 1,
  ILL: 4,
  INT: 2,
  KILL: 9,
  PIPE: 13,
  QUIT: 3,
  SEGV: 11,
  TERM: 15,
};

/**
 * Runs a command on another host.
 *
 * @throws ProviderError when the host cannot be reached or refuses the environment, and when the command does not end
 *   with 0: then with the command and all that it wrote.
 */
export async function runRemote(connection: Connection, job: Job): Promise<Results> {
  const { client, close } = await dial(connection, { signal: job.signal, note: job.note, env: process.env });
  const output = new Output();
  try {
    const failure = await session(client, job, output);
    if (failure !== undefined) {
      throw new ProviderError(`${failure}: running ${goQuote(job.command)}:\n${output.mixed()}`);
    }
    return output.trimmed();
  } finally {
    close();
  }
}

/** Resolves with what went wrong with the command, or undefined; rejects when it could not be run at all. */
async function session(client: Client, job: Job, output: Output): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      client.destroy();
      reject(job.signal.reason as Error);
    };
    if (job.signal.aborted) {
      cancel();
      return;
    }
    job.signal.addEventListener("abort", cancel, { once: true });
    let ended: string | undefined = "wait: remote command exited without exit status or exit signal";
    let opened = false;
    client.on("error", (error) => (ended = error.message));
    client.once("close", () => {
      // With a channel open its own end has the word, which comes before this.
      reject(new ProviderError(opened ? (ended ?? "EOF") : "EOF"));
    });

    const environment = { ...job.environment, ...previousOutput(job) };
    withEnvironmentReplies(client, (refused) => {
      const [first] = refused.filter((name) => Object.hasOwn(job.environment, name));
      refused
        .filter((name) => !Object.hasOwn(job.environment, name))
        .forEach((name) => job.warn(notAccepted(name)));
      if (first === undefined) {
        return true;
      }
      job.complain(notAccepted(first));
      reject(new ProviderError(`could not set environment variable ${goQuote(first)}: ssh: setenv failed`));
      return false;
    });

    client.exec(job.command, { env: environment }, (error, channel) => {
      if (error) {
        reject(new ProviderError(error.message, { cause: error }));
        return;
      }
      opened = true;
      channel.on("exit", (status: number | null, signal?: string) => (ended = failureOf(status, signal)));
      listen(channel, job, output);
      channel.once("close", () => {
        job.signal.removeEventListener("abort", cancel);
        resolve(ended);
      });
      channel.end(job.stdin ?? "");
    });
  });
}

function listen(channel: ClientChannel, job: Job, output: Output): void {
  const take = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    output.add(stream, chunk);
    job.onOutput(stream, chunk);
  };
  channel.on("data", take("stdout"));
  channel.stderr.on("data", take("stderr"));
  // A command that ends without reading its input breaks the pipe; how it ended says what matters.
  channel.on("error", () => undefined);
}

function failureOf(status: number | null, signal: string | undefined): string | undefined {
  if (signal !== undefined) {
    const name = signal.replace(/^SIG/, "");
    return `Process exited with status ${128 + (SIGNALS[name] ?? 0)} from signal ${name}`;
  }
  return status === 0 ? undefined : `Process exited with status ${status ?? 1}`;
}

function notAccepted(name: string): string {
  return (
    `Unable to set '${name}'. This only works if your SSH server is configured to accept ` +
    "these variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could " +
    "prefix the command itself with the variables in the form 'VAR=value command'"
  );
}
