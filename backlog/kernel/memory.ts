import { acceptQueueCapacity } from "./accept-queue";
import { requireNumber } from "./check";

/**
 * Kernel memory of one connection in an accept queue, in bytes: a TCP socket (2,368) and its request (320), measured on
 * 6.18, x86-64. Other kernels differ by some hundred bytes. File, inode and dentry come only with `accept()`.
 * @see /proc/slabinfo `TCP`, `request_sock_TCP`; test/e2e/kernel-memory.test.ts
 */
export const QUEUED_CONNECTION_BYTES = 2368 + 320;

/** Kernel memory of one half-open connection in a SYN queue, in bytes: the request alone. */
export const HALF_OPEN_CONNECTION_BYTES = 320;

/**
 * Kernel memory of a full accept queue, in bytes. The backlog reserves nothing: this is used only while connections wait.
 *
 * Formula: `listeners * (effective + 1) * (2688 + receivedBytes)`.
 * @param effective the effective backlog of each listener
 * @param options.listeners sockets with SO_REUSEPORT; default 1
 * @param options.receivedBytes data that each client has sent already and nobody has read, with the kernel's overhead;
 *   default 0, at worst the receive buffer (131,072 with the default `net.ipv4.tcp_rmem`)
 * @throws RangeError if a number is out of range
 */
export function memoryAtFullQueue(
  effective: number,
  options: { readonly listeners?: number; readonly receivedBytes?: number } = {},
): number {
  const received = options.receivedBytes ?? 0;
  requireNumber("receivedBytes", received, 0);
  return acceptQueueCapacity(effective, options.listeners ?? 1) * (QUEUED_CONNECTION_BYTES + received);
}
