import { setTimeout as sleep } from "node:timers/promises";

import { ProviderError } from "../rpc/provider";

/** No limit on failed dials. */
export const UNLIMITED = -1;

/** Milliseconds; every pause is half as long again as the one before (pulumi's retry.Until). */
const FIRST_PAUSE = 100;
const GROWTH = 1.5;
const LONGEST_PAUSE = 5000;

/** The pause after the given number of failures, 1 for the first. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE * GROWTH ** (failures - 1), LONGEST_PAUSE);
}

export interface Dialing {
  /** What is dialled, for messages: `Dial`. */
  readonly what: string;
  /** How many failures are forgiven: one more dial than this. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

/** Dials until it works. Every error is retried, as the real provider does: also a refused key and a wrong host key. */
export async function dialWithRetry<T>(dialing: Dialing, dial: () => Promise<T>): Promise<T> {
  const { what, limit, signal, note } = dialing;
  for (let dials = 1; ; dials++) {
    signal.throwIfAborted();
    let reason: Error;
    try {
      return await dial();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) {
        throw error;
      }
      reason = error;
    }
    if (limit > UNLIMITED && dials > limit) {
      throw new ProviderError(`after ${dials - 1} failed attempts: ${reason.message}`, { cause: reason });
    }
    note(`${what} ${dials}/${limit === UNLIMITED ? "inf" : limit} failed: retrying`);
    await pause(pauseAfter(dials), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    // Say why it was stopped, not that it was.
    signal.throwIfAborted();
    throw error;
  }
}
