import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SysctlTree } from "../../../backlog/sysctld";
import { swapSeparators } from "../../../backlog/sysctld/key";

/** Values by canonical dotted key. */
export type Values = Readonly<Record<string, string>>;

/** What the real tools left behind: after systemd-sysctl, after `sysctl --system`, after `sysctl -p FILE`. */
export interface Verdict {
  readonly boot: Values;
  readonly system: Values;
  readonly file: Values;
}

export interface TriedWrite {
  readonly accepted: boolean;
  /** What the kernel shows afterwards. */
  readonly after: string;
}

const TOOLS = ["/lib/systemd/systemd-sysctl", "/usr/sbin/sysctl", "/usr/bin/unshare", "/usr/bin/python3"];

/** The real tools in one long-lived private network and mount namespace, asked over pipes. */
export class SysctldJudge {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly tried = new Map<string, TriedWrite>();
  private stderr = "";

  /** @param watched the canonical keys to reset before each tool and to read after it; all of one network namespace */
  constructor(private readonly watched: readonly string[]) {
    for (const tool of TOOLS) {
      try {
        accessSync(tool, constants.X_OK);
      } catch (cause) {
        throw new Error(`${tool} is missing: this test compares the model with the real tools`, { cause });
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
        join(__dirname, "sysctld_driver.py"),
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

  /** Every key below net. that exists and can be written in the namespace. */
  async keys(): Promise<string[]> {
    const { keys } = (await this.ask({ op: "keys" })) as { keys: string[] };
    return keys.map(swapSeparators);
  }

  async judge(tree: SysctlTree, file: string): Promise<Verdict> {
    const answer = (await this.ask({ op: "judge", nodes: tree, file })) as Verdict;
    const dotted = (values: Values): Values =>
      Object.fromEntries(Object.entries(values).map(([path, value]) => [swapSeparators(path), value]));
    return { boot: dotted(answer.boot), system: dotted(answer.system), file: dotted(answer.file) };
  }

  /** What the kernel itself makes of values: no rule of its parsing is repeated in the test. */
  async tryWrites(writes: readonly (readonly [key: string, value: string])[]): Promise<void> {
    const unknown = writes.filter(([key, value]) => !this.tried.has(`${key}=${value}`));
    if (unknown.length === 0) return;
    const { results } = (await this.ask({
      op: "try",
      writes: unknown.map(([key, value]) => [swapSeparators(key), value]),
    })) as { results: [boolean, string][] };
    results.forEach(([accepted, after], index) => {
      const [key, value] = unknown[index] ?? ["", ""];
      this.tried.set(`${key}=${value}`, { accepted, after });
    });
  }

  /** The result of a write that {@link tryWrites} has tried. */
  triedWrite(key: string, value: string): TriedWrite | undefined {
    return this.watched.includes(key) ? this.tried.get(`${key}=${value}`) : undefined;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    await ended;
  }

  private async ask(request: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new Error(`the driver ended: ${this.stderr}`);
    return JSON.parse(answer.value) as unknown;
  }
}
