import type { Finding } from "../../backlog";
import type { Settings } from "../config/settings";
import type { Surroundings } from "../surroundings";

/** Everything that is to be said of a resource. */
export interface Judgement {
  /** Each has a rule of the model, and each rule belongs to one policy. */
  readonly findings: readonly Finding[];
  /** The same, of what something out of sight may well put right: it is said, and refused at no level. */
  readonly advised: readonly Finding[];
  /** What cannot be judged, and why; empty if all of it can. */
  readonly notes: readonly string[];
  /** What is not known before the update; undefined if all of it is. */
  readonly unknown?: string;
  /** What only the nodes know that pods run on: for the policy that can be told. */
  readonly aboutNodes: readonly string[];
}

export const NOTHING_TO_SAY: Judgement = { findings: [], advised: [], notes: [], aboutNodes: [] };

/** What a subject is judged by, besides itself. */
export interface Context {
  readonly settings: Settings;
  readonly around: Surroundings;
  /** Whether everything is known that was asked for: otherwise nothing is absent, it is only not known. */
  readonly isComplete: boolean;
}

/** By rule and subject the first counts: of two somaxconn, the smaller. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.subject}`;
    if (!seen.has(key)) {
      seen.set(key, finding);
    }
  }
  return [...seen.values()];
}
