import { join } from "node:path";
import type { SysctlTree } from "../../../backlog/sysctld";
import { swapSeparators } from "../../../backlog/sysctld/key";
import { dotted, NamespaceDriver, type Values } from "./namespace-driver";

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

/** The real tools in a private namespace. */
export class SysctldJudge {
  private readonly driver: NamespaceDriver;
  private readonly tried = new Map<string, TriedWrite>();

  /** @param watched the canonical keys to reset before each tool and to read after it; all of one network namespace */
  constructor(private readonly watched: readonly string[]) {
    this.driver = new NamespaceDriver(join(__dirname, "sysctld_driver.py"), watched);
  }

  /** Every key below net. that exists and can be written in the namespace. */
  async keys(): Promise<string[]> {
    const { keys } = (await this.driver.ask({ op: "keys" })) as { keys: string[] };
    return keys.map(swapSeparators);
  }

  async judge(tree: SysctlTree, file: string): Promise<Verdict> {
    const answer = (await this.driver.ask({ op: "judge", nodes: tree, file })) as Verdict;
    return { boot: dotted(answer.boot), system: dotted(answer.system), file: dotted(answer.file) };
  }

  /** What the kernel itself makes of values: no rule of its parsing is repeated in the test. */
  async tryWrites(writes: readonly (readonly [key: string, value: string])[]): Promise<void> {
    const unknown = writes.filter(([key, value]) => !this.tried.has(`${key}=${value}`));
    if (unknown.length === 0) return;
    const { results } = (await this.driver.ask({
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

  close(): Promise<void> {
    return this.driver.close();
  }
}
