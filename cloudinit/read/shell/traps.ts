import type { UnknownReason } from "../result";

/** What `trap` has set up. */
export interface Trap {
  readonly code: string;
  readonly line: number;
  readonly doubt: UnknownReason | undefined;
}

/** What is trapped: the end of the shell, and what only bash traps, which is anybody's guess when it happens. */
export interface Traps {
  exit: readonly Trap[];
  other: readonly Trap[];
}
