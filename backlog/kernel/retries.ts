import { requireInteger, requireNumber } from "./check";
import { kernelAtLeast } from "./version";

/** First timeout of a SYN and of a SYN-ACK, in seconds (`TCP_TIMEOUT_INIT`). */
const INITIAL_TIMEOUT = 1;
/** No timeout grows beyond this, in seconds (`TCP_RTO_MAX`). */
const LONGEST_TIMEOUT = 120;

/** When a client repeats a SYN that nobody answers. */
export interface RetrySchedule {
  /** Seconds after the first SYN at which each retransmission is sent. */
  readonly retransmitsAt: readonly number[];
  /** Seconds after the first SYN at which `connect()` fails with ETIMEDOUT. */
  readonly givesUpAt: number;
}

/** The settings of the client's host that decide. */
export interface ClientSettings {
  /** The client's kernel release; without it, a current kernel. */
  readonly kernel?: string;
  /** `net.ipv4.tcp_syn_retries`, 1..127; default 6. */
  readonly tcpSynRetries?: number;
  /** `net.ipv4.tcp_syn_linear_timeouts`, 0..255; default 4 from kernel 6.5 on, and without effect before it. */
  readonly tcpSynLinearTimeouts?: number;
}

/**
 * When a Linux client repeats its SYN while the server drops it. The client decides this, not the server.
 *
 * Formula: the first timeout is 1 s. From 6.5 on, `linear` further ones are 1 s as well; then each is twice the one before, at
 * most 120 s. At a timeout the client gives up if it has sent `tcp_syn_retries + linear` retransmissions, or if as much time
 * has passed as `tcp_syn_retries` would have taken without linear timeouts. Default: 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s,
 * failure at 131 s; before 6.5: 1, 3, 7, 15, 31, 63 s, failure at 127 s.
 * @throws RangeError if a number is out of range
 * @see net/ipv4/tcp_timer.c `tcp_retransmit_timer()`, `tcp_write_timeout()`, `tcp_model_timeout()`;
 *   Documentation/networking/ip-sysctl.rst; test/e2e/kernel-overflow.test.ts (number of retransmissions)
 */
export function clientRetrySchedule(settings: ClientSettings = {}): RetrySchedule {
  const retries = settings.tcpSynRetries ?? 6;
  const linear = kernelAtLeast(settings.kernel, "6.5") ? (settings.tcpSynLinearTimeouts ?? 4) : 0;
  requireInteger("tcp_syn_retries", retries, 1, 127);
  requireInteger("tcp_syn_linear_timeouts", linear, 0, 255);
  const withoutLinear = doublingSchedule(retries, 0, Infinity).givesUpAt;
  return doublingSchedule(retries + linear, linear, withoutLinear);
}

/** Timeouts of which the first `1 + linear` are equal, until all retransmissions are spent or the time is up. */
function doublingSchedule(retransmissions: number, linear: number, timeIsUp: number): RetrySchedule {
  const retransmitsAt: number[] = [];
  let timeout = INITIAL_TIMEOUT;
  let now = timeout;
  while (retransmitsAt.length < retransmissions && now < timeIsUp) {
    retransmitsAt.push(now);
    if (retransmitsAt.length > linear) {
      timeout = Math.min(timeout * 2, LONGEST_TIMEOUT);
    }
    now += timeout;
  }
  return { retransmitsAt, givesUpAt: now };
}

/**
 * How long `connect()` takes for a client whose first SYN was dropped, in seconds, without the round trip.
 *
 * Formula: the first retransmission at or after the moment when there is room. Undefined if the client gives up before: then
 * `connect()` fails with ETIMEDOUT.
 * @param roomAt seconds after the first SYN at which the accept queue has room again, and keeps it
 * @throws RangeError if `roomAt` is negative or not finite
 */
export function connectTimeAfterDrop(roomAt: number, retries: RetrySchedule): number | undefined {
  requireNumber("roomAt", roomAt, 0);
  return retries.retransmitsAt.find((at) => at >= roomAt);
}

/**
 * How long a half-open connection stays in the SYN queue if no final ACK is taken, in seconds.
 *
 * Formula: `1 + 2 + 4 + ... ` over `tcp_synack_retries + 1` timeouts, each at most 120 s; 63 s for the default of 5. When the SYN
 * queue is more than half full, the kernel spends fewer retransmissions on old entries, down to 2.
 * @param tcpSynackRetries `net.ipv4.tcp_synack_retries`, 0..255
 * @throws RangeError if it is out of range
 * @see net/ipv4/inet_connection_sock.c `reqsk_timer_handler()`; Documentation/networking/ip-sysctl.rst
 */
export function halfOpenLifetime(tcpSynackRetries: number): number {
  requireInteger("tcp_synack_retries", tcpSynackRetries, 0, 255);
  return doublingSchedule(tcpSynackRetries, 0, Infinity).givesUpAt;
}
