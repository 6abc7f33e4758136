import type { RuleDescription, Verdict } from "../rule";
import type { BootFacts } from "./facts";

/** A finding before it knows its rule, and the values that somebody set and that do not hold. */
export interface BootVerdict extends Verdict {
  readonly lost: readonly { readonly key: string; readonly value: string }[];
}

/** One question about what boots do, and the function that answers it. */
export interface BootRule extends RuleDescription {
  /** Pure. @param kernel as `uname -r` prints it; undefined if it is not known */
  readonly judge: (facts: BootFacts, kernel: string | undefined) => readonly BootVerdict[];
}
