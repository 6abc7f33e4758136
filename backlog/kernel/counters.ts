/** A counter of the kernel that a dropped or diverted connection moves. All are per network namespace, none per listener. */
export type Counter =
  | "ListenOverflows"
  | "ListenDrops"
  | "TCPReqQFullDoCookies"
  | "TCPReqQFullDrop"
  | "SyncookiesSent"
  | "SyncookiesFailed"
  | "TCPFastOpenListenOverflow"
  | "EmbryonicRsts"
  | "OutRsts";

/** Something that happens to one segment, or to one queued connection, instead of being served. */
export type DropSituation =
  | "syn-finds-accept-queue-full"
  | "ack-finds-accept-queue-full"
  | "ack-finds-accept-queue-full-and-is-reset"
  | "syn-queue-full-cookie-sent"
  | "syn-queue-full-dropped"
  | "syn-over-max-syn-backlog"
  | "ack-with-bad-cookie"
  | "fast-open-queue-full"
  | "listener-closed-over-queued-connection"
  | "unix-accept-queue-full";

/** What the client sees, and which counters move by one. */
export interface DropFacts {
  readonly counters: readonly Counter[];
  readonly clientSees: string;
  readonly source: string;
}

const FACTS: Readonly<Record<DropSituation, DropFacts>> = {
  "syn-finds-accept-queue-full": {
    counters: ["ListenOverflows", "ListenDrops"],
    clientSees: "nothing: it repeats its SYN after a second, and connects late",
    source: "net/ipv4/tcp_input.c tcp_conn_request(), from 4.10 on; cookies or not",
  },
  "ack-finds-accept-queue-full": {
    counters: ["ListenOverflows", "ListenDrops"],
    clientSees: "an established connection that nobody serves; the server repeats its SYN-ACK",
    source: "net/ipv4/tcp_ipv4.c tcp_v4_syn_recv_sock(), tcp_abort_on_overflow 0",
  },
  "ack-finds-accept-queue-full-and-is-reset": {
    counters: ["ListenOverflows", "ListenDrops", "EmbryonicRsts", "OutRsts"],
    clientSees: "ECONNRESET on a connection that it believed established",
    source: "net/ipv4/tcp_minisocks.c tcp_check_req(), tcp_abort_on_overflow 1",
  },
  "syn-queue-full-cookie-sent": {
    counters: ["TCPReqQFullDoCookies", "SyncookiesSent"],
    clientSees: "a SYN-ACK; without timestamps the connection loses window scaling and SACK",
    source: "net/ipv4/tcp_input.c tcp_syn_flood_action(), tcp_syncookies 1 or 2",
  },
  "syn-queue-full-dropped": {
    counters: ["TCPReqQFullDrop", "ListenDrops"],
    clientSees: "nothing: it repeats its SYN after a second",
    source: "net/ipv4/tcp_input.c tcp_syn_flood_action(), tcp_syncookies 0",
  },
  "syn-over-max-syn-backlog": {
    counters: ["ListenDrops"],
    clientSees: "nothing: it repeats its SYN after a second",
    source: "net/ipv4/tcp_input.c tcp_conn_request(), tcp_syncookies 0; TCPReqQFullDrop does not move",
  },
  "ack-with-bad-cookie": {
    counters: ["SyncookiesFailed", "OutRsts"],
    clientSees: "a reset",
    source: "net/ipv4/syncookies.c cookie_v4_check()",
  },
  "fast-open-queue-full": {
    counters: ["TCPFastOpenListenOverflow"],
    clientSees: "an ordinary handshake: the data of its SYN is not acknowledged",
    source: "net/ipv4/tcp_fastopen.c tcp_fastopen_queue_check()",
  },
  "listener-closed-over-queued-connection": {
    counters: ["OutRsts"],
    clientSees: "ECONNRESET on an established connection",
    source: "net/ipv4/inet_connection_sock.c inet_csk_listen_stop()",
  },
  "unix-accept-queue-full": {
    counters: [],
    clientSees: "EAGAIN if its socket does not block; otherwise connect() sleeps until there is room",
    source: "net/unix/af_unix.c unix_stream_connect()",
  },
};

/**
 * What one dropped or diverted connection does to the counters of `/proc/net/netstat` and `/proc/net/snmp`, and what
 * its client sees. A retransmitted SYN that is dropped again counts again: these are drops, not clients.
 * @see test/e2e/kernel-overflow.test.ts, test/e2e/kernel-syn-queue.test.ts, test/e2e/kernel-listeners.test.ts
 */
export function dropFacts(situation: DropSituation): DropFacts {
  return FACTS[situation];
}

/** The counters that move by one each when this happens once. */
export function countersFor(situation: DropSituation): readonly Counter[] {
  return FACTS[situation].counters;
}
