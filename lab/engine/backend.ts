import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { LabError } from "../errors";

/** An operation on one resource that was under way when the engine was killed: nobody knows how far it got. */
export interface InterruptedOperation {
  readonly urn: string;
  readonly type: string;
  /** `creating`, `updating`, `deleting`, `reading`, `importing`. */
  readonly operation: string;
  /** The id of the resource, when it had one. */
  readonly id: string | undefined;
}

/** How long an engine whose lab has died may take to finish what is under way, before it is killed. Milliseconds. */
const PATIENCE = 30_000;

/** The lab's Pulumi backend: a folder. It is looked at directly, because asking the CLI costs a quarter of a second each time. */
export class Backend {
  constructor(
    readonly folder: string,
    private readonly project: string,
    private readonly stack: string,
  ) {}

  get url(): string {
    return `file://${encodeURI(this.folder)}`;
  }

  /** Whether the stack has been created. */
  hasStack(): boolean {
    return fs.existsSync(this.checkpoint);
  }

  /** What an interrupted operation left in the state. */
  interrupted(): InterruptedOperation[] {
    return asList(at(this.latest(), "pending_operations")).map((operation) => {
      const resource = at(operation, "resource");
      return {
        urn: text(at(resource, "urn")) ?? "unknown",
        type: text(at(resource, "type")) ?? "unknown",
        operation: text(at(operation, "type")) ?? "unknown",
        id: text(at(resource, "id")) || undefined,
      };
    });
  }

  /** The ids of the resources of a type that the state knows. */
  resourceIds(type: string): string[] {
    return asList(at(this.latest(), "resources"))
      .filter((resource) => at(resource, "type") === type)
      .flatMap((resource) => text(at(resource, "id")) ?? []);
  }

  /** The outputs of the stack; undefined where one is secret, which only the CLI can read. */
  plainOutputs(): Record<string, unknown> | undefined {
    const stack = asList(at(this.latest(), "resources")).find(
      (resource) => at(resource, "type") === "pulumi:pulumi:Stack",
    );
    const outputs = at(stack, "outputs") ?? {};
    // Every special value of the state, a secret among them, is an object with this signature key.
    const plain = !JSON.stringify(outputs).includes("4dabf18193072939515e22adb298388d");
    return plain && typeof outputs === "object" ? { ...outputs } : undefined;
  }

  /** The deployment that the state describes; undefined before the first one. */
  private latest(): unknown {
    if (!this.hasStack()) {
      return undefined;
    }
    try {
      const checkpoint: unknown = JSON.parse(fs.readFileSync(this.checkpoint, "utf8"));
      return at(at(checkpoint, "checkpoint"), "latest");
    } catch (cause) {
      throw new LabError(
        `the state of the lab's stack, ${this.checkpoint}, cannot be read: ${message(cause)}`,
        {
          fix: `put the copy ${this.checkpoint}.bak in its place, or delete the lab's folder to start over`,
          cause,
        },
      );
    }
  }

  /**
   * Sees to it that no engine of an earlier run of this lab is at work, and says whether one left a lock. Only called while
   * the lab's own lock is held: whoever holds the backend's lock has lost its owner.
   *
   * @returns whether there are locks to cancel.
   */
  async endEarlierEngines(note: (text: string) => void): Promise<boolean> {
    for (const pid of this.lockHolders()) {
      await this.endEngine(pid, note);
    }
    return this.lockFiles().length > 0;
  }

  private get checkpoint(): string {
    return path.join(this.folder, ".pulumi", "stacks", this.project, `${this.stack}.json`);
  }

  private lockFiles(): string[] {
    const folder = path.join(this.folder, ".pulumi", "locks", "organization", this.project, this.stack);
    return fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
  }

  private lockHolders(): number[] {
    return this.lockFiles().flatMap((file) => {
      // A lock that was cut off while it was written names nobody.
      const pid = Number(/"pid":\s*(\d+)/.exec(readIfThere(file))?.[1]);
      return Number.isSafeInteger(pid) && pid > 1 ? [pid] : [];
    });
  }

  private async endEngine(pid: number, note: (text: string) => void): Promise<void> {
    if (!this.isOurEngine(pid)) {
      return;
    }
    // It was told to stop when its lab died; told twice, it would drop what is under way.
    note(`waiting for the engine of an earlier run to save its state and stop (process ${pid})`);
    const deadline = Date.now() + PATIENCE;
    while (this.isOurEngine(pid)) {
      if (Date.now() > deadline) {
        note(`ending the engine of an earlier run (process ${pid}), which does not stop`);
        kill(pid);
      }
      await sleep(100);
    }
  }

  /** Process ids are used again: only a process with this backend in its environment is one of ours. */
  private isOurEngine(pid: number): boolean {
    // Empty for a process that is gone, or dead and not yet collected.
    return readIfThere(`/proc/${pid}/environ`).split("\0").includes(`PULUMI_BACKEND_URL=${this.url}`);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    // Gone between the look and the read, or a process of another user: neither is ours.
    if (
      error instanceof Error &&
      "code" in error &&
      ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(String(error.code))
    ) {
      return "";
    }
    throw error;
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
