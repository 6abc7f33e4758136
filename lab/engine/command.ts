import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { SemVer } from "semver";

import { LabError } from "../errors";
import type { Engine } from "./engine";

/** What a run of the CLI gave. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The CLI ran and ended with an exit code other than 0. */
export class CommandFailure extends Error {
  constructor(
    readonly args: readonly string[],
    readonly outcome: CommandOutcome,
  ) {
    super(
      `pulumi ${args[0] ?? ""} ended with exit code ${outcome.code}: ${(outcome.stderr || outcome.stdout).trim()}`,
    );
    this.name = "CommandFailure";
  }
}

/** How often new output of the CLI is read. Milliseconds. */
const READ_EVERY = 50;

/**
 * Runs the CLI for the Automation API, in the place of the class that the SDK brings. Three things are different:
 *
 * - The engine outlives a lab that dies, and ends in good order: it is told to stop, finishes what is under way and saves its
 *   state. It writes to files, because a write to a broken pipe would kill it before that. It is in a session of its own, so
 *   that Ctrl-C reaches it once, through `signal`, and not twice, which would make it drop everything.
 * - It sees the lab's environment only: no PULUMI_* of the user's own projects, and no AWS credentials.
 * - What the lab already knows is not asked: each start of the CLI costs a quarter of a second.
 */
export class LabCommand implements PulumiCommand {
  readonly command: string;
  readonly version: SemVer;
  private readonly env: NodeJS.ProcessEnv;

  /** @param env the environment of the CLI and all that it starts, complete. */
  constructor(engine: Engine, env: NodeJS.ProcessEnv) {
    this.command = engine.command;
    this.version = new SemVer(engine.version);
    this.env = env;
  }

  /** Called by the Automation API. @throws CommandFailure when the CLI fails; LabError when it cannot be started. */
  async run(
    args: string[],
    cwd: string,
    additionalEnv: Readonly<Record<string, string>>,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<CommandOutcome> {
    const known = answerWithoutAsking(args);
    if (known !== undefined) {
      return { stdout: known, stderr: "", code: 0 };
    }
    return this.exec(args, { cwd, env: additionalEnv, onOutput, onError, signal });
  }

  /** Runs the CLI, whatever is known. */
  async exec(
    args: readonly string[],
    options: {
      cwd: string;
      env?: Readonly<Record<string, string>>;
      /** What it reads on its standard input: the place for secrets, which arguments would show to everybody. */
      input?: string;
      onOutput?: ((text: string) => void) | undefined;
      onError?: ((text: string) => void) | undefined;
      signal?: AbortSignal | undefined;
    },
  ): Promise<CommandOutcome> {
    const stdout = new GrowingFile(options.onOutput);
    const stderr = new GrowingFile(options.onError);
    try {
      const code = await this.spawn([...args, "--non-interactive"], options, stdout.fd, stderr.fd, () => {
        stdout.read();
        stderr.read();
      });
      const outcome = { stdout: stdout.end(), stderr: stderr.end(), code };
      if (code !== 0) {
        throw new CommandFailure(args, outcome);
      }
      return outcome;
    } finally {
      stdout.close();
      stderr.close();
    }
  }

  private spawn(
    args: readonly string[],
    options: {
      cwd: string;
      env?: Readonly<Record<string, string>>;
      input?: string;
      signal?: AbortSignal | undefined;
    },
    stdout: number,
    stderr: number,
    onTick: () => void,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.command, args, {
        cwd: options.cwd,
        env: { ...this.env, ...options.env, PULUMI_AUTOMATION_API: "true" },
        detached: true,
        stdio: [options.input === undefined ? "ignore" : "pipe", stdout, stderr],
      });
      // An engine that does not read it breaks the pipe; its exit code then says more than this error.
      child.stdin?.on("error", () => undefined).end(options.input);
      const endWatch = child.pid === undefined ? () => undefined : stopWhenThisProcessDies(child.pid);
      const abort = () => void child.kill("SIGINT");
      const reader = setInterval(onTick, READ_EVERY);
      const stop = () => {
        endWatch();
        clearInterval(reader);
        options.signal?.removeEventListener("abort", abort);
      };
      options.signal?.addEventListener("abort", abort);
      if (options.signal?.aborted) {
        abort();
      }
      child.once("error", (cause) => {
        stop();
        reject(
          new LabError(`the Pulumi engine ${this.command} cannot be started: ${cause.message}`, {
            fix: "check that it is there and executable",
            cause,
          }),
        );
      });
      child.once("exit", (code, killedBy) => {
        stop();
        // The shell's convention, so that a killed engine is told apart from one that failed.
        resolve(code ?? 128 + (killedBy ? os.constants.signals[killedBy] : 0));
      });
    });
  }
}

/**
 * Has a small process send SIGINT to another one when this process is gone, also by `kill -9`. (The kernel's own parent-death
 * signal comes twice from a parent with threads, as they die one after the other, and the second one aborts the engine.)
 *
 * @returns what ends the watch, to be called when the watched process has ended.
 */
function stopWhenThisProcessDies(pid: number): () => void {
  // Its input ends when this process does.
  const watcher = spawn("/bin/sh", ["-c", 'read -r _; kill -INT "$1"', "sh", String(pid)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.once("error", (error) => process.emitWarning(error));
  return () => {
    watcher.kill("SIGKILL");
    watcher.stdin.destroy();
  };
}

/** The look-ups that the Automation API does around every operation, and whose answer the lab knows or does not use. */
function answerWithoutAsking(args: readonly string[]): string | undefined {
  const [group, verb] = args;
  if (group !== "stack") {
    return undefined;
  }
  switch (verb) {
    case "select":
      // Every operation names its stack; the lab looks at the backend's file to know whether there is one.
      return "";
    case "output":
      // Asked for twice after each `up`; `LabStack.outputs` reads them when somebody wants them.
      return "{}";
    case "history":
      return "[]";
    default:
      return undefined;
  }
}

/** A file without a name that a child writes and this process reads at the same time: a pipe that never breaks. */
class GrowingFile {
  readonly fd: number;
  private readonly decoder = new StringDecoder("utf8");
  private readonly chunk = Buffer.alloc(64 * 1024);
  private position = 0;
  private text = "";
  private readonly onText: ((text: string) => void) | undefined;

  constructor(onText?: (text: string) => void) {
    this.onText = onText;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-output-"));
    this.fd = fs.openSync(path.join(folder, "text"), "wx+", 0o600);
    fs.rmSync(folder, { recursive: true });
  }

  read(): void {
    for (;;) {
      const length = fs.readSync(this.fd, this.chunk, 0, this.chunk.length, this.position);
      if (length === 0) {
        return;
      }
      this.position += length;
      this.tell(this.decoder.write(this.chunk.subarray(0, length)));
    }
  }

  /** The whole text, once the writer is gone. */
  end(): string {
    this.read();
    this.tell(this.decoder.end());
    return this.text;
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  private tell(text: string): void {
    if (text !== "") {
      this.text += text;
      this.onText?.(text);
    }
  }
}
