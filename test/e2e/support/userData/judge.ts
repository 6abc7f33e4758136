import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { swapSeparators } from "../../../../backlog/sysctld/key";

/** Values by canonical dotted key. */
export type Values = Readonly<Record<string, string>>;

/** What the kernel shows after the first boot, and after the next. */
export interface Boots {
  readonly live: Values;
  readonly next: Values;
}

const TOOLS = ["/usr/lib/systemd/systemd-sysctl", "/usr/sbin/sysctl", "/usr/bin/unshare", "/usr/bin/python3"];

/** User data at work in one long-lived private network and mount namespace, asked over pipes. */
export class UserDataJudge {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private stderr = "";

  /** @param watched the canonical keys to reset before each boot and to read after it; all of one network namespace */
  constructor(watched: readonly string[]) {
    for (const tool of TOOLS) {
      try {
        accessSync(tool, constants.X_OK);
      } catch (cause) {
        throw new Error(`${tool} is missing: this test compares the reader with the real tools`, { cause });
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
        join(__dirname, "driver.py"),
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

  async judge(userData: string): Promise<Boots> {
    this.child.stdin.write(`${JSON.stringify({ userData })}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the driver ended: ${this.stderr}`);
    const { live, next } = JSON.parse(answer.value) as Boots;
    return { live: dotted(live), next: dotted(next) };
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    await ended;
  }
}

function dotted(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [swapSeparators(path), value]));
}
