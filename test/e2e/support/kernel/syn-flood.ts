import { effectiveBacklog, synVerdict, type Counter } from "../../../../backlog/kernel";
import type { SynQueueRow } from "./syn-queue-rows";

/** What a listener holds after a number of SYNs that nobody completes, and how far its counters have moved. */
export interface FloodOutcome {
  readonly effective: number;
  readonly held: number;
  readonly counters: Partial<Record<Counter, number>>;
}

/** Plays the SYNs of a row against the rule, one by one. */
export function playSyns(row: SynQueueRow, count: number): FloodOutcome {
  const effective = effectiveBacklog(row.declared, row.somaxconn);
  const counters: Partial<Record<Counter, number>> = {};
  let held = 0;
  for (let i = 0; i < count; i++) {
    const verdict = synVerdict({ ...row, effective, synQueue: held });
    held += verdict.answer === "queued" ? 1 : 0;
    for (const counter of verdict.counters) {
      counters[counter] = (counters[counter] ?? 0) + 1;
    }
  }
  return { effective, held, counters };
}
