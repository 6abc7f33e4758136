import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { swapSeparators } from "../../../backlog/sysctld/key";

/** Values by canonical dotted key. */
export type Values = Readonly<Record<string, string>>;

const TOOLS = ["/usr/lib/systemd/systemd-sysctl", "/usr/sbin/sysctl", "/usr/bin/unshare", "/usr/bin/python3"];

/** A Python program in one long-lived private network and mount namespace, asked over pipes: one line of JSON each way. */
export class NamespaceDriver {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private stderr = "";

  /** @param watched the canonical keys that the program resets and reads; all of one network namespace */
  constructor(script: string, watched: readonly string[]) {
    for (const tool of TOOLS) {
      try {
        accessSync(tool, constants.X_OK);
      } catch (cause) {
        throw new Error(`${tool} is missing: this test compares with the real tools`, { cause });
      }
    }
    this.child = spawn(
      "/usr/bin/unshare",
      [
        "--net",
        "--mount",
        "/usr/bin/python3",
        "-I",
        "-u",
        script,
        JSON.stringify(watched.map(swapSeparators)),
      ],
      {
        env: {
          PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
          LC_ALL: "C.UTF-8",
          OUTER_NET: readlinkSync("/proc/self/ns/net"),
          OUTER_MNT: readlinkSync("/proc/self/ns/mnt"),
        },
      },
    );
    this.child.stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    // The next answer fails then, with this text.
    for (const source of [this.child, this.child.stdin]) {
      source.on("error", (error: Error) => (this.stderr += `${error.message}\n`));
    }
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the driver ended: ${this.stderr}`);
    return JSON.parse(answer.value) as unknown;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    await ended;
  }
}

/** Values by their paths below /proc/sys, as drivers name them, by canonical key. */
export function dotted(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [swapSeparators(path), value]));
}
