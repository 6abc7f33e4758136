import type { Finding, Severity } from "../finding";
import type { Situation } from "./situation";

/** What a rule is, for people: documentation and reports. */
export interface RuleDescription {
  /** Stable kebab-case id, the `rule` of its findings. It names what should hold. */
  readonly id: string;
  /** The most that a finding of it weighs. */
  readonly severity: Severity;
  /** What should hold, as a sentence without a full stop. */
  readonly title: string;
  /** What happens where it does not, and why. */
  readonly why: string;
}

/** A finding before it knows its rule. Its severity is the rule's, unless it says less. */
export type Verdict = Omit<Finding, "rule" | "severity"> & { readonly severity?: Severity };

/** One question about a declaration, and the function that answers it. */
export interface Rule extends RuleDescription {
  /** Pure: everything that the rule breaks on, in the order of the services; empty if nothing. */
  readonly judge: (situation: Situation) => readonly Verdict[];
}
