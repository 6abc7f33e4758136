import type { Budget } from "../budget";
import type { UnknownReason } from "../result";
import type { Command } from "./syntax";

/** A function, as far as it is known which of its definitions holds. */
interface ShellFunction {
  readonly bodies: readonly Command[];
  readonly doubt: UnknownReason | undefined;
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
    const bodies = doubt === undefined ? [] : (this.known.get(name)?.bodies ?? []);
    this.budget.spend(1 + bodies.length / 4);
    this.known.set(name, { bodies: [...bodies, body], doubt });
  }

  unset(name: string, doubt: UnknownReason | undefined): void {
    const existing = this.known.get(name);
    if (existing) {
      this.makeOwn();
      if (doubt === undefined) {
        this.known.delete(name);
      } else {
        this.known.set(name, { bodies: existing.bodies, doubt: existing.doubt ?? doubt });
      }
    }
  }

  fork(): Functions {
    this.isOwn = false;
    return new Functions(this.budget, this.known, false);
  }

  private makeOwn(): void {
    if (!this.isOwn) {
      this.budget.spend(this.known.size / 4);
      this.known = new Map(this.known);
      this.isOwn = true;
    }
  }
}
