import { formatProblem } from "../finding";
import { addedLatency, memoryAtFullQueue } from "../kernel";
import {
  halfOpenAtPeak,
  largestInMemory,
  largestInTime,
  powerOfTwoFrom,
  powerOfTwoUpTo,
  smallestForUnevenArrivals,
  smallestThatSurvives,
  waitingAfterStall,
} from "./bounds";
import { completeLoad, validateSizing, type Load, type SizingInput } from "./load";
import { WHAT_REFUSES } from "./refuse-early";

/**
 * - `size`: a backlog between `smallest` and `largest` does what it should.
 * - `stay-small`: queueing is the wrong answer: a balancer retries elsewhere, or the queue that survives the stall would
 *   be too slow or too large.
 * - `no-backlog-helps`: connections arrive at least as fast as they are accepted; every queue fills.
 */
export type SizingVerdict = "size" | "stay-small" | "no-backlog-helps";

/** How large a backlog should be. All numbers are per listening socket. */
export interface BacklogRecommendation {
  readonly verdict: SizingVerdict;
  /** The smallest backlog that survives the longest stall; undefined if none does. */
  readonly smallest: number | undefined;
  /** The largest backlog that still helps: within the latency budget, and within the memory. */
  readonly largest: number;
  /** What to declare: a power of two wherever one fits. */
  readonly recommended: number;
  /** Why, in sentences for people. */
  readonly reasons: readonly string[];
}

/** No reason to go beyond the kernel's own default if more does not help anyway. */
const SMALL_ENOUGH = 4096;
/** Above it, software that stores a backlog in 16 bits wraps or refuses. */
const LARGEST_16_BIT = 65535;

/**
 * How large the declared backlog of each socket should be, and why.
 *
 * Formula: the smallest power of two that survives uneven arrivals ({@link smallestForUnevenArrivals}); if that is more than
 * the largest backlog that helps ({@link largestInTime}, {@link largestInMemory}), the largest; see {@link SizingVerdict} for
 * the loads where another answer is right. somaxconn must be at least as large as the result.
 * @throws RangeError with every problem of {@link validateSizing}, one per line, if the input is not valid
 * @see test/backlog/sizing/recommend-backlog.test.ts
 */
export function recommendBacklog(input: SizingInput): BacklogRecommendation {
  const problems = validateSizing(input);
  if (problems.length > 0) {
    throw new RangeError(problems.map(formatProblem).join("\n"));
  }
  const load = completeLoad(input);
  const largest = Math.max(Math.min(largestInTime(load), largestInMemory(load)), 0);
  if (load.arrivalRate >= load.acceptRate) {
    return noBacklogHelps(load, largest);
  }
  const smallest = smallestThatSurvives(load);
  if (load.balancerRetriesElsewhere) {
    return staySmallForBalancer(load, smallest, largest);
  }
  return smallest > largest ? tooSlowOrTooLarge(load, smallest, largest) : size(load, smallest, largest);
}

function size(load: Load, smallest: number, largest: number): BacklogRecommendation {
  const wanted = powerOfTwoFrom(smallestForUnevenArrivals(load));
  const recommended = Math.min(wanted, largest);
  const reasons = [...whySmallest(load, smallest), ...whyLargest(load, largest)];
  if (recommended === wanted) {
    reasons.push(
      `Recommended is ${recommended}: the next power of two that also leaves room for arrivals that are not evenly spread.`,
    );
  } else {
    reasons.push(
      `Recommended is ${recommended}, the largest that helps: ${wanted} would leave more room for arrivals that are not evenly spread, but is beyond it.`,
    );
  }
  return {
    verdict: "size",
    smallest,
    largest,
    recommended,
    reasons: [...reasons, ...whatItCosts(load, recommended)],
  };
}

function noBacklogHelps(load: Load, largest: number): BacklogRecommendation {
  const recommended = powerOfTwoUpTo(Math.min(largest, SMALL_ENOUGH));
  return {
    verdict: "no-backlog-helps",
    smallest: undefined,
    largest,
    recommended,
    reasons: [
      `${load.arrivalRate} connections per second arrive and ${load.acceptRate} are accepted: every queue fills and stays full, whatever its length.`,
      "A longer queue then only makes every connection wait longer. More workers, more servers or fewer connections help.",
      ...whyLargest(load, largest),
      `Recommended is ${recommended}, so that the connections that do get in are still accepted in time.`,
      ...howToRefuse(),
    ],
  };
}

function staySmallForBalancer(load: Load, smallest: number, largest: number): BacklogRecommendation {
  // Handshakes in flight are not a queue that anybody waits in: the SYN queue needs its room in any case.
  const handshakes = smallestForUnevenArrivals({ ...load, stallSeconds: 0 });
  const recommended = Math.min(powerOfTwoFrom(handshakes), largest);
  return {
    verdict: "stay-small",
    smallest,
    largest,
    recommended,
    reasons: [
      "A balancer in front tries another server: a connection that waits here could have been served there.",
      `Recommended is ${recommended}: enough for the handshakes of one round trip (${halfOpenAtPeak(load)} half open at the peak), and no more. Surviving the longest stall alone would take ${smallest}.`,
      ...whyLargest(load, largest),
      ...howToRefuse(),
    ],
  };
}

function tooSlowOrTooLarge(load: Load, smallest: number, largest: number): BacklogRecommendation {
  const recommended = powerOfTwoUpTo(largest);
  return {
    verdict: "stay-small",
    smallest,
    largest,
    recommended,
    reasons: [
      ...whySmallest(load, smallest),
      ...whyLargest(load, largest),
      `No backlog does both. Recommended is ${recommended}: what does not fit would come too late or not fit into memory anyway. Shorten the stall, or add listeners or servers.`,
      ...howToRefuse(),
    ],
  };
}

function whySmallest(load: Load, smallest: number): string[] {
  const each = perSocket(load);
  const reasons = [
    `In a stall of ${load.stallSeconds} s, ${waitingAfterStall(load)} connections${each} collect in the accept queue; within a round trip of ${load.rttSeconds} s, ${halfOpenAtPeak(load)}${each} are half open in the SYN queue. Both hold one more than the backlog, and a SYN that finds the accept queue full is dropped: ${smallest} is the smallest that survives.`,
  ];
  if (load.stallSeconds > load.latencyBudgetSeconds) {
    reasons.push(
      `The stall (${load.stallSeconds} s) is longer than the latency budget (${load.latencyBudgetSeconds} s): connections from its beginning are late whatever the backlog.`,
    );
  }
  if (load.reuseportListeners > 1) {
    reasons.push(
      `Each of the ${load.reuseportListeners} sockets has a queue of its own, filled by a hash: one can overflow while another is empty.`,
    );
  }
  return reasons;
}

function whyLargest(load: Load, largest: number): string[] {
  const inTime = largestInTime(load);
  const inMemory = largestInMemory(load);
  if (inMemory < inTime) {
    return [
      `More than ${largest} does not fit into ${load.memoryBytes} bytes of kernel memory${perSocket(load)}.`,
    ];
  }
  return [
    `More than ${largest} does not help: at ${load.acceptRate} accepts per second the last in the queue would wait longer than ${load.latencyBudgetSeconds} s${perSocket(load)}.`,
  ];
}

function whatItCosts(load: Load, backlog: number): string[] {
  const bytes = memoryAtFullQueue(backlog, { listeners: load.reuseportListeners });
  const wait = addedLatency(backlog, load.acceptRate / load.reuseportListeners);
  const reasons = [
    `Full, it takes about ${bytes} bytes of kernel memory over all sockets, and its last connection waits ${Number(wait.toPrecision(3))} s after the stall. The number itself reserves nothing.`,
  ];
  if (backlog > LARGEST_16_BIT) {
    reasons.push(
      `More than ${LARGEST_16_BIT} needs software that stores a backlog in more than 16 bits; several sockets or servers are the better answer.`,
    );
  }
  return reasons;
}

function howToRefuse(): string[] {
  return [
    "A full queue refuses nothing: Linux drops the SYN in silence, and the client tries again after 1 s. tcp_abort_on_overflow does not change that.",
    `What really refuses: ${WHAT_REFUSES.map((r) => r.how).join("; ")}.`,
  ];
}

function perSocket(load: Load): string {
  return load.reuseportListeners > 1 ? " (per socket)" : "";
}
