import { INT_MAX, requireInteger } from "./check";

/**
 * How many finished handshakes wait for `accept()` before the accept queue is full.
 *
 * Formula: `listeners * (effective + 1)`. The queue counts as full when its length is greater than the effective
 * backlog, not when it is equal: a backlog of 0 holds one connection.
 * @param effective the effective backlog of each socket, 0..2147483647
 * @param listeners sockets on the same port with SO_REUSEPORT, each with a queue of its own; default 1. The sum is
 *   reached only if connections spread evenly: they are spread by a hash, so one queue can overflow while another is empty.
 * @throws RangeError on anything else
 * @see include/net/sock.h `sk_acceptq_is_full()`: `sk_ack_backlog > sk_max_ack_backlog`;
 *   test/e2e/kernel-effective-backlog.test.ts, test/e2e/kernel-listeners.test.ts
 */
export function acceptQueueCapacity(effective: number, listeners = 1): number {
  requireInteger("effective backlog", effective, 0, INT_MAX);
  requireInteger("listeners", listeners, 1, 65535);
  return listeners * (effective + 1);
}

/** Whether the next connection overflows: the accept queue is longer than the effective backlog. */
export function isAcceptQueueFull(length: number, effective: number): boolean {
  requireInteger("accept queue length", length, 0, INT_MAX + 1);
  requireInteger("effective backlog", effective, 0, INT_MAX);
  return length > effective;
}

/**
 * The bound of pending Fast Open requests of a listener.
 *
 * Formula: `min(qlen, somaxconn)`, with somaxconn as it is when the option is set. With bit 0x400 of `net.ipv4.tcp_fastopen`
 * every listener gets its effective backlog as qlen without setting the option.
 * @param qlen what the application gives the socket option TCP_FASTOPEN, 0..2147483647
 * @see net/ipv4/tcp.c TCP_FASTOPEN, include/linux/tcp.h `fastopen_queue_tune()`; test/e2e/kernel-listeners.test.ts
 */
export function fastOpenQueueBound(qlen: number, somaxconn: number): number {
  requireInteger("qlen", qlen, 0, INT_MAX);
  requireInteger("somaxconn", somaxconn, 0, INT_MAX);
  return Math.min(qlen, somaxconn);
}
