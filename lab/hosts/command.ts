import { spawn } from "node:child_process";

import { LabError } from "../errors";

/** How a program ended and what it said. */
export interface CommandResult {
  /** The exit code; 128 + signal number is not used here: a killed program has `signal` instead. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Given to the program's standard input, which is empty otherwise. */
  readonly input?: string | Buffer;
  /** Kill the program (SIGKILL) after this time. Milliseconds; without it there is no limit. */
  readonly timeout?: number;
  /** Sees every complete line of both streams as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Beyond this the oldest output is dropped: what went wrong stands at the end. Characters per stream. */
const KEPT = 4_000_000;

/** Runs a program without a shell and waits for its end. Rejects only when it cannot be started
 * at all, with a LabError when it is not installed. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      let partial = "";
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] = (text[name] + chunk).slice(-KEPT);
        if (options.onLine) {
          const lines = (partial + chunk).split("\n");
          partial = lines.pop() ?? "";
          lines.forEach(options.onLine);
        }
      });
    }
    const timer =
      options.timeout === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.timeout);
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === "ENOENT" ? notInstalled(command, error) : error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, signal: signal ?? undefined, ...text });
    });
    // A program that ends without reading its input is judged by how it ended, not by the broken pipe.
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ECONNRESET") {
        child.kill("SIGKILL");
        text.stderr += error.message;
      }
    });
    child.stdin.end(options.input ?? "");
  });
}

/** The folder that the program was to run in may be what is missing as well, but never is one that somebody chose. */
function notInstalled(command: string, cause: unknown): LabError {
  return new LabError(`the program \`${command}\` is not installed, or not in PATH`, {
    fix: "the set-up installs it: npm run lab -- up, as root; see also: npm run lab -- doctor",
    cause,
  });
}

/** How a program ended, for messages: `exit code 1`, `signal SIGKILL`. */
export function describeEnd(result: Pick<CommandResult, "code" | "signal">): string {
  return result.signal === undefined ? `exit code ${result.code ?? "unknown"}` : `signal ${result.signal}`;
}

/** The last lines that say something, for the end of a message. */
export function lastLines(text: string, count: number): string {
  const lines = text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count)
    .map((line) => line.slice(0, 400));
  return lines.length === 0 ? "" : `\n  ${lines.join("\n  ")}`;
}
