import type { UnknownReason } from "../result";

/** A loop that is being followed. */
export interface Loop {
  /** What surely ends the rest of this round. */
  left?: "break" | "continue";
  /** Why the rest of this round may not run. */
  doubt?: UnknownReason | undefined;
  /** The doubt holds for the rounds that follow as well. */
  forGood?: boolean;
}

/** The loops that run in a shell, or in one of its functions, one inside of the other. */
export class Loops {
  private running: Loop[] = [];

  /** @param outer loops of a caller, which `break` reaches in some shells */
  constructor(private readonly outer: readonly Loop[] = []) {}

  /** For a function or a process that runs inside of these. */
  inner(): Loops {
    return new Loops([...this.outer, ...this.running]);
  }

  enter(): Loop {
    const loop: Loop = {};
    this.running.push(loop);
    return loop;
  }

  /** The innermost is over. */
  exit(): void {
    this.running.pop();
  }

  exitAll(): void {
    this.running = [];
  }

  /** Whether nothing more runs in this round of the innermost. */
  get isLeft(): boolean {
    return this.running.at(-1)?.left !== undefined;
  }

  /** Why what follows in this round may not run. */
  get doubt(): UnknownReason | undefined {
    return this.running.find((loop) => loop.doubt)?.doubt;
  }

  /** `break` and `continue`: leaves this many loops, or may leave them. False if it may leave those of a caller, and end more than loops. */
  leave(how: "break" | "continue", levels: number, doubt: UnknownReason | undefined): boolean {
    if (this.outer.length > 0 && levels > this.running.length) {
      // Shells differ in whether a function or a subshell can leave a loop that it runs in.
      for (const loop of [...this.outer, ...this.running]) {
        loop.doubt ??= doubt ?? "shells-differ";
        loop.forGood = true;
      }
      return false;
    }
    const innermostFirst = this.running.slice(-levels).reverse();
    innermostFirst.forEach((loop, index) => {
      const last = index === innermostFirst.length - 1;
      if (doubt === undefined) {
        loop.left = last ? how : "break";
      } else {
        loop.doubt ??= doubt;
        loop.forGood ||= !last || how === "break";
      }
    });
    return true;
  }
}
