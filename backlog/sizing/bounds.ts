import { INT_MAX } from "../kernel/check";
import { QUEUED_CONNECTION_BYTES } from "../kernel/memory";
import type { Load } from "./load";

/**
 * The rounding errors of floating point must not add a slot: 0.1 s * 30/s is 3.0000000000000004.
 */
const EPSILON = 1e-9;

/** How many connections wait in one accept queue at the end of the longest stall, if arrivals are spread evenly. */
export function waitingAfterStall(load: Load): number {
  return wholeConnections((load.arrivalRate / load.reuseportListeners) * load.stallSeconds);
}

/** How many handshakes are half open at one listener at any moment, if arrivals are spread evenly. */
export function halfOpenAtPeak(load: Load): number {
  return wholeConnections((load.arrivalRate / load.reuseportListeners) * load.rttSeconds);
}

/**
 * The smallest backlog that survives the longest stall without an overflow, per socket, if arrivals are spread evenly.
 *
 * Formula: `max(n + s, h, 1) - 1` with n = ceil(rate * stall), h = ceil(rate * rtt), rate = arrivalRate / listeners, and s = 1 if
 * `rate * (stall + rtt) > n`, else 0. The accept queue collects n connections during the stall, the SYN queue h within a round
 * trip, and both hold one more than the backlog. The slot s must stay free for a client that begins its handshake
 * before the stall ends: a SYN that finds the accept queue full is dropped, although its connection would come in time.
 * It holds only if connections are accepted faster than they arrive: otherwise no queue is long enough.
 * @see test/backlog/sizing/recommend-backlog.test.ts, which plays it event by event
 */
export function smallestThatSurvives(load: Load): number {
  const rate = load.arrivalRate / load.reuseportListeners;
  const waiting = waitingAfterStall(load);
  const stillKnocking = rate * (load.stallSeconds + load.rttSeconds) > waiting + EPSILON ? 1 : 0;
  return Math.max(waiting + stillKnocking, halfOpenAtPeak(load), 1) - 1;
}

/**
 * The smallest backlog that also survives uneven arrivals, per socket.
 *
 * Formula: `ceil(n + 4 * sqrt(n) + 4.6 * u / (1 - u))` with n = the larger of rate * stall and rate * rtt, and u = arrivalRate /
 * acceptRate, at least {@link smallestThatSurvives}. Independent clients arrive as a Poisson process, whose count in a fixed
 * time varies by sqrt(n); so does the share of one socket under SO_REUSEPORT. The last term is the queue that forms even
 * without a stall when the application is nearly busy: longer than that with a probability of about 1 in 10,000
 * (heavy-traffic limit of an M/D/1 queue, `exp(-2 * (1 - u) * length)`).
 * @see test/backlog/sizing/recommend-backlog.test.ts
 */
export function smallestForUnevenArrivals(load: Load): number {
  const rate = load.arrivalRate / load.reuseportListeners;
  const mean = rate * Math.max(load.stallSeconds, load.rttSeconds);
  const busy = load.arrivalRate / load.acceptRate;
  const standing = busy < 1 ? (4.6 * busy) / (1 - busy) : 0;
  return Math.max(wholeConnections(mean + 4 * Math.sqrt(mean) + standing), smallestThatSurvives(load));
}

/**
 * The largest backlog at which the last connection in a full queue is still accepted within the latency budget, per socket.
 *
 * Formula: `floor(acceptRate / listeners * budget)`, at most 2147483647: it has that many connections ahead of it.
 */
export function largestInTime(load: Load): number {
  const accepted = (load.acceptRate / load.reuseportListeners) * load.latencyBudgetSeconds;
  return Math.min(Math.floor(accepted + EPSILON), INT_MAX);
}

/**
 * The largest backlog whose full accept queues fit into the memory, per socket.
 *
 * Formula: `floor(memory / (listeners * 2688)) - 1`; below 0 if not even the one connection of a backlog of 0 fits.
 * @see QUEUED_CONNECTION_BYTES
 */
export function largestInMemory(load: Load): number {
  const connections = load.memoryBytes / (load.reuseportListeners * QUEUED_CONNECTION_BYTES);
  return Math.min(Math.floor(connections) - 1, INT_MAX);
}

/** The smallest power of two that is at least `n`; 1 for 0. */
export function powerOfTwoFrom(n: number): number {
  let power = 1;
  while (power < n) {
    power *= 2;
  }
  return power;
}

/** The largest power of two that is at most `n`; 0 for less than 1. */
export function powerOfTwoUpTo(n: number): number {
  return n < 1 ? 0 : 2 ** Math.floor(Math.log2(n));
}

function wholeConnections(n: number): number {
  return Math.ceil(n - EPSILON);
}
