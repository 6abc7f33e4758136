/** One listener that 300 SYNs hit, none of which is completed. */
export interface SynQueueRow {
  readonly declared: number;
  readonly somaxconn: number;
  readonly tcpMaxSynBacklog: number;
  readonly tcpSyncookies: number;
  /** How many connections wait in the accept queue before. */
  readonly acceptQueue: number;
}

/** SYNs sent to each listener. */
export const SYN_COUNT = 300;

function row(
  declared: number,
  somaxconn: number,
  tcpMaxSynBacklog: number,
  tcpSyncookies: number,
  acceptQueue = 0,
): SynQueueRow {
  return { declared, somaxconn, tcpMaxSynBacklog, tcpSyncookies, acceptQueue };
}

/** What the document shows, and what is measured against the kernel. */
export const SYN_QUEUE_ROWS: readonly SynQueueRow[] = [
  row(16, 4096, 1024, 1),
  row(16, 4096, 8, 1),
  row(128, 4096, 0, 1),
  row(128, 4096, 8, 1),
  row(128, 4096, 64, 1),
  row(128, 64, 1024, 1),
  row(0, 4096, 1024, 1),
  row(16, 4096, 1024, 0),
  row(128, 4096, 64, 0),
  row(128, 4096, 8, 0),
  row(1024, 4096, 100, 0),
  row(128, 4096, 2048, 0),
  row(128, 4096, 0, 0),
  row(48, 4096, 64, 0),
  row(49, 4096, 64, 0),
  row(128, 4096, 7, 0),
  row(16, 4096, 1024, 2),
  row(128, 4096, 1024, 2),
  row(16, 4096, 1024, 1, 16),
  row(16, 4096, 1024, 1, 17),
  row(16, 4096, 1024, 0, 17),
  row(16, 4096, 1024, 2, 17),
];
