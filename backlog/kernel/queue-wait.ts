import { requireNumber } from "./check";

/**
 * How long it takes until a queue is empty, in seconds.
 *
 * Formula: `queued / (acceptRate - arrivalRate)`; Infinity if connections arrive as fast as they are accepted, 0 if nothing waits.
 * @param queued connections waiting
 * @param acceptRate connections per second that the application accepts while it drains
 * @param arrivalRate connections per second that go on arriving; default 0
 * @throws RangeError if a number is negative or not finite
 * @see test/backlog/sizing/recommend-backlog.test.ts, which drains simulated queues
 */
export function drainTime(queued: number, acceptRate: number, arrivalRate = 0): number {
  requireNumber("queued", queued, 0);
  requireNumber("acceptRate", acceptRate, 0);
  requireNumber("arrivalRate", arrivalRate, 0);
  if (queued === 0) {
    return 0;
  }
  return acceptRate > arrivalRate ? queued / (acceptRate - arrivalRate) : Infinity;
}

/**
 * How long a connection waits in the accept queue before `accept()` returns it, in seconds. The queue is first in, first
 * out, so later arrivals do not matter.
 *
 * Formula: `queuedAhead / acceptRate`; Infinity if the application accepts nothing.
 * @param queuedAhead connections that were there before; the last one in a full queue has the effective backlog ahead of it
 * @param acceptRate connections per second that the application accepts
 * @throws RangeError if a number is negative or not finite
 */
export function addedLatency(queuedAhead: number, acceptRate: number): number {
  requireNumber("queuedAhead", queuedAhead, 0);
  requireNumber("acceptRate", acceptRate, 0);
  return queuedAhead === 0 ? 0 : queuedAhead / acceptRate;
}
