import type { RuleDescription, Verdict } from "../rule";
import type { NamespaceFacts } from "./facts";

/** One question about the settings of containers, and the function that answers it. */
export interface ContainerRule extends RuleDescription {
  /** Pure. */
  readonly judge: (facts: NamespaceFacts) => readonly Verdict[];
}
