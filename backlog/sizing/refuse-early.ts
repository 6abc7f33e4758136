import { acceptQueueCapacity } from "../kernel";

/** A way in which a server can really refuse a connection that it cannot serve in time. */
export interface Refusal {
  readonly how: string;
  /** What the client sees, and how soon. */
  readonly clientSees: string;
  /** What it needs, and where it ends. */
  readonly limits: string;
}

/** What really refuses. Linux itself never does because a queue is full. */
export const WHAT_REFUSES: readonly Refusal[] = [
  {
    how: "the application accepts and answers at once that it is busy (HTTP 503 with Retry-After)",
    clientSees: "an answer, within a round trip",
    limits: "it must go on calling accept() while it is overloaded",
  },
  {
    how: "a proxy or balancer in front limits connections per server and answers or retries elsewhere",
    clientSees: "an answer, or another server",
    limits: "its own connect timeout must be shorter than 1 s, or it waits for the repeated SYN as well",
  },
  {
    how: "a firewall rule above a limit of connections: nft reject with tcp reset",
    clientSees: "ECONNREFUSED, within a round trip",
    limits: "it counts connections, not the accept queue",
  },
  {
    how: "the listener is closed while the server is overloaded",
    clientSees: "ECONNREFUSED; connections in the queue are reset",
    limits: "everything that was queued is lost",
  },
];

/**
 * What a small backlog does, in sentences: the facts that belong to a declaration that wants to refuse early rather than
 * queue. A backlog of 0 is legitimate: the kernel accepts it and still holds one connection.
 * @param effective the effective backlog, 0..2147483647
 * @throws RangeError if it is out of range
 * @see test/e2e/kernel-effective-backlog.test.ts (capacity), test/e2e/kernel-overflow.test.ts (no reset),
 *   test/e2e/kernel-syn-queue.test.ts (row with listen(0))
 */
export function smallBacklogFacts(effective: number): string[] {
  const capacity = acceptQueueCapacity(effective);
  const connections = capacity === 1 ? "1 connection" : `${capacity} connections`;
  return [
    `A backlog of ${effective} still holds ${connections}: the accept queue is full only when it is longer than the backlog.`,
    `The SYN queue is bounded by the same number: handshakes beyond ${capacity} within one round trip get SYN cookies, or are dropped while tcp_syncookies is 0.`,
    "Linux does not refuse what does not fit: it drops the SYN in silence, and the client connects a second later or more, or times out.",
    "tcp_abort_on_overflow does not change that: it resets only handshakes whose last ACK finds the queue full.",
    "A health check at TCP level overflows like any client: it fails while the queue is full, and passes while a stuck application has room in its queue.",
  ];
}
