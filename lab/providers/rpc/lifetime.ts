/** How often a provider looks whether its engine still lives. Milliseconds. */
const INTERVAL = 1000;

/** How long work that was told to stop may take before the process ends anyway. Milliseconds. */
const GRACE = 10_000;

/**
 * Ends this process when the one that started it is gone. The engine ends its providers itself, but not after `kill -9`: a
 * provider that stayed would keep its connections open, and nobody would ever end it.
 *
 * @param stop asks running operations to stop, and resolves when none runs any more.
 */
export function endWithParent(stop: () => Promise<void>): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) {
      return;
    }
    clearInterval(timer);
    const end = (): never => process.exit(1);
    setTimeout(end, GRACE);
    stop().then(end, end);
  }, INTERVAL);
  timer.unref();
}
