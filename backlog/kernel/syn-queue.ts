import { isAcceptQueueFull } from "./accept-queue";
import { INT_MAX, requireInteger } from "./check";
import type { Counter } from "./counters";
import { countersFor, type DropSituation } from "./counters";

/** What bounds the SYN queue of one listener. */
export interface SynQueueSettings {
  /** The effective backlog, 0..2147483647. */
  readonly effective: number;
  /** `net.ipv4.tcp_syncookies`: 0, 1 or 2. */
  readonly tcpSyncookies: number;
  /** `net.ipv4.tcp_max_syn_backlog`; needed only if tcpSyncookies is 0, because the kernel looks at it only then. */
  readonly tcpMaxSynBacklog?: number;
}

/** A listener at the moment when a SYN arrives. */
export interface SynArrival extends SynQueueSettings {
  /** Length of the SYN queue. */
  readonly synQueue: number;
  /** Length of the accept queue. */
  readonly acceptQueue: number;
  /** Whether the kernel remembers an earlier connection of this peer (its TCP metrics). Default: no. */
  readonly provenPeer?: boolean;
}

/** What the kernel does with a SYN. */
export interface SynVerdict {
  readonly answer: "queued" | "cookie" | "dropped";
  /** Why not simply queued; absent if it was. */
  readonly situation?: DropSituation;
  /** Each moves by one. */
  readonly counters: readonly Counter[];
}

/** Where the SYN queue ends, and what happens there. */
export interface SynQueueBound {
  /** Most half-open connections that the listener holds. */
  readonly held: number;
  readonly limitedBy: "effective backlog" | "tcp_max_syn_backlog" | "cookies for every SYN";
  /** What becomes of the next SYN, while the accept queue has room. */
  readonly beyond: DropSituation;
}

/**
 * What the kernel does with one SYN, in the kernel's own order:
 * 1. SYN queue longer than the effective backlog, or tcp_syncookies 2: go on with a cookie; with tcp_syncookies 0, drop.
 * 2. Accept queue full: drop, cookie or not.
 * 3. Only with tcp_syncookies 0, and a peer without a history: drop if less than a quarter of tcp_max_syn_backlog is left.
 *
 * Kernels before 4.10 let a SYN through step 2 while at most one young request was in the SYN queue.
 * @throws RangeError if a number is out of its range, or tcpMaxSynBacklog is missing while tcpSyncookies is 0
 * @see net/ipv4/tcp_input.c `tcp_conn_request()` of 6.12; test/e2e/kernel-syn-queue.test.ts
 */
export function synVerdict(arrival: SynArrival): SynVerdict {
  const quarterLimit = checkedQuarterLimit(arrival);
  requireInteger("SYN queue length", arrival.synQueue, 0, INT_MAX + 1);
  const queueFull = arrival.synQueue > arrival.effective;
  const cookie = arrival.tcpSyncookies === 2 || (queueFull && arrival.tcpSyncookies === 1);
  if (queueFull && !cookie) {
    return dropped("syn-queue-full-dropped");
  }
  if (isAcceptQueueFull(arrival.acceptQueue, arrival.effective)) {
    // The decision for a cookie is counted before the accept queue is looked at.
    return dropped("syn-finds-accept-queue-full", cookie ? ["TCPReqQFullDoCookies"] : []);
  }
  if (cookie) {
    const situation = "syn-queue-full-cookie-sent";
    return { answer: "cookie", situation, counters: countersFor(situation) };
  }
  if (quarterLimit !== undefined && arrival.synQueue > quarterLimit && arrival.provenPeer !== true) {
    return dropped("syn-over-max-syn-backlog");
  }
  return { answer: "queued", counters: [] };
}

function dropped(situation: DropSituation, before: readonly Counter[] = []): SynVerdict {
  return { answer: "dropped", situation, counters: [...before, ...countersFor(situation)] };
}

/**
 * How many half-open connections (SYN_RECV) of unproven peers a listener holds, while its accept queue has room.
 *
 * Formula, by tcp_syncookies:
 * - 0: `min(effective + 1, m - (m >> 2) + 1)` with m = tcp_max_syn_backlog; the rest is dropped. The last quarter of
 *   m is kept for peers with a history.
 * - 1: `effective + 1`; the rest gets cookies. tcp_max_syn_backlog is not looked at, not even if it is 0.
 * - 2: 0; every SYN gets a cookie.
 *
 * While the accept queue is full, nothing is added to the SYN queue under any setting.
 * @throws RangeError as {@link synVerdict}
 * @see net/ipv4/tcp_input.c `tcp_conn_request()`, include/net/inet_connection_sock.h `inet_csk_reqsk_queue_is_full()`;
 *   test/e2e/kernel-syn-queue.test.ts
 */
export function synQueueBound(settings: SynQueueSettings): SynQueueBound {
  const quarterLimit = checkedQuarterLimit(settings);
  if (settings.tcpSyncookies === 2) {
    return { held: 0, limitedBy: "cookies for every SYN", beyond: "syn-queue-full-cookie-sent" };
  }
  if (quarterLimit !== undefined && quarterLimit < settings.effective) {
    return { held: quarterLimit + 1, limitedBy: "tcp_max_syn_backlog", beyond: "syn-over-max-syn-backlog" };
  }
  const beyond = settings.tcpSyncookies === 1 ? "syn-queue-full-cookie-sent" : "syn-queue-full-dropped";
  return { held: settings.effective + 1, limitedBy: "effective backlog", beyond };
}

/**
 * The longest SYN queue at which an unproven peer is still let in by tcp_max_syn_backlog; undefined if the kernel
 * does not look at it.
 */
function checkedQuarterLimit(settings: SynQueueSettings): number | undefined {
  requireInteger("effective backlog", settings.effective, 0, INT_MAX);
  requireInteger("tcp_syncookies", settings.tcpSyncookies, 0, 2);
  if (settings.tcpSyncookies !== 0) {
    return undefined;
  }
  const m = settings.tcpMaxSynBacklog;
  if (m === undefined) {
    throw new RangeError("tcp_max_syn_backlog: given nothing; needed while tcp_syncookies is 0");
  }
  requireInteger("tcp_max_syn_backlog", m, 0, INT_MAX);
  return m - (m >> 2);
}
