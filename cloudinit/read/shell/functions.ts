import type { Budget } from "../budget";
import type { UnknownReason } from "../result";
import type { Command } from "./syntax";

/** A function, as far as it is known which of its definitions holds. */
interface ShellFunction {
  readonly bodies: readonly Command[];
  readonly doubt: UnknownReason | undefined;
  /** There may be none, and the name may mean a program. */
  readonly mayBeMissing: boolean;
}

/** The functions of a shell. A fork has those of its parent, and does not change them: the first change makes a copy. */
export class Functions {
  constructor(
    private readonly budget: Budget,
    private known = new Map<string, ShellFunction>(),
    private isOwn = true,
  ) {}

  get(name: string): ShellFunction | undefined {
    return this.known.get(name);
  }

  has(name: string): boolean {
    return this.known.has(name);
  }

  define(name: string, body: Command, doubt: UnknownReason | undefined): void {
    this.makeOwn();
    const existing = doubt === undefined ? undefined : this.known.get(name);
    const bodies = existing?.bodies ?? [];
    this.budget.spend(1 + bodies.length / 4);
    const mayBeMissing = doubt !== undefined && (existing?.mayBeMissing ?? true);
    this.known.set(name, { bodies: [...bodies, body], doubt, mayBeMissing });
  }

  unset(name: string, doubt: UnknownReason | undefined): void {
    const existing = this.known.get(name);
    if (existing) {
      this.makeOwn();
      if (doubt === undefined) {
        this.known.delete(name);
      } else {
        this.known.set(name, { ...existing, doubt: existing.doubt ?? doubt, mayBeMissing: true });
      }
    }
  }

  fork(): Functions {
    this.isOwn = false;
    return new Functions(this.budget, this.known, false);
  }

  /** For another shell, to which some of them may be exported. */
  exported(): Functions {
    this.budget.spend(this.known.size / 2);
    const known = [...this.known].map(
      ([name, { bodies, doubt = "command-not-understood" }]) =>
        [name, { bodies, doubt, mayBeMissing: true }] as const,
    );
    return new Functions(this.budget, new Map(known));
  }

  private makeOwn(): void {
    if (!this.isOwn) {
      this.budget.spend(this.known.size / 4);
      this.known = new Map(this.known);
      this.isOwn = true;
    }
  }
}
