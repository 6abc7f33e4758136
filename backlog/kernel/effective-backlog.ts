import { INT_MAX, requireInteger } from "./check";
import { kernelAtLeast } from "./version";

/** Lowest number that can be passed to `listen()`. */
const INT_MIN = -(2 ** 31);
/** systemd and others speak of the backlog as unsigned; 4294967295 reaches the kernel as the same bits as -1. */
const UINT_MAX = 2 ** 32 - 1;

/**
 * The effective backlog: what a listening socket has after `listen(fd, declared)`, and what `ss -ltn` shows as Send-Q.
 *
 * Formula: `min((unsigned) declared, somaxconn)`. The comparison is unsigned, so every negative number is larger than
 * any somaxconn and stands for "as much as somaxconn allows"; 0 stays 0, and still holds one connection.
 * Kernels before 4.1 stored the result in 16 bits: 65,536 became 0 there.
 *
 * The same rule holds for TCP over IPv4 and IPv6, MPTCP, and Unix stream and seqpacket sockets.
 * @param declared what the application passes to `listen()`, -2147483648..4294967295. Mind that some runtimes change it
 *   before the kernel sees it: Python's `socket.listen(-1)` passes 0.
 * @param somaxconn `net.core.somaxconn` of the network namespace at the moment of the call, 0..2147483647
 * @param options.kernel the kernel release; without it, a current kernel
 * @throws RangeError on anything else
 * @see net/socket.c `__sys_listen_socket()`; 16 bits before 4.1: golang/go src/net/sock_linux.go;
 *   test/e2e/kernel-effective-backlog.test.ts
 */
export function effectiveBacklog(
  declared: number,
  somaxconn: number,
  options: { readonly kernel?: string } = {},
): number {
  requireInteger("declared backlog", declared, INT_MIN, UINT_MAX);
  requireInteger("somaxconn", somaxconn, 0, INT_MAX);
  const asUnsigned = declared >>> 0;
  const capped = Math.min(asUnsigned, somaxconn);
  return kernelAtLeast(options.kernel, "4.1") ? capped : capped % 65536;
}

/** What happened to a listening socket that had an effective backlog. */
export interface ListenerChange {
  /** The effective backlog before the change. */
  readonly effective: number;
  /** What the application passes when it re-listens. */
  readonly declared: number;
  /** somaxconn as it is now. */
  readonly somaxconn: number;
  /** Whether the service has called `listen()` on the socket since somaxconn changed. */
  readonly relistened: boolean;
  /** The kernel release; without it, a current kernel. */
  readonly kernel?: string;
}

/**
 * The effective backlog of a listener that was open while somaxconn changed, upwards or downwards.
 *
 * Formula: as before, until a re-listen; then {@link effectiveBacklog} with the somaxconn of that moment. A second
 * `listen()` on the same socket is enough, and any process that holds the socket may make it: nothing is closed, and
 * connections in the accept queue stay. A backlog lowered below the present length throws nothing out: only new
 * SYNs are dropped.
 * @throws RangeError as {@link effectiveBacklog}
 * @see net/ipv4/af_inet.c `__inet_listen_sk()`, the only writer of `sk_max_ack_backlog`;
 *   test/e2e/kernel-effective-backlog.test.ts
 */
export function effectiveAfterChange(change: ListenerChange): number {
  requireInteger("effective backlog", change.effective, 0, INT_MAX);
  return change.relistened
    ? effectiveBacklog(change.declared, change.somaxconn, { kernel: change.kernel })
    : change.effective;
}
