import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { once } from "node:events";

import { LabError } from "./errors";

/** The lock files held by the current chain of calls: waiting for one of them would never end. */
const held = new AsyncLocalStorage<ReadonlySet<string>>();

/** How long a lock may take before it counts as held by somebody else. Milliseconds. */
const PATIENCE = 150;

/**
 * Runs one thing at a time, between all processes of the machine that name the same lock file.
 *
 * The kernel keeps the lock (flock(2), through util-linux `flock` in a child), not the content of the file: it is free as
 * soon as this process is gone, also after `kill -9`. The file itself stays, and says who holds it.
 *
 * @param file the lock file; it and its folder are created when missing.
 * @param what what is done under the lock, told to those who wait: `building the Pulumi engine`.
 * @param onWait called at most once, when somebody else holds the lock, with who it is.
 * @returns what `run` returns. It waits without limit.
 * @throws LabError when the lock cannot be taken at all; otherwise what `run` throws.
 */
export async function withLock<T>(
  file: string,
  what: string,
  run: () => Promise<T>,
  onWait?: (holder: string) => void,
): Promise<T> {
  const lockFile = path.resolve(file);
  const mine = held.getStore() ?? new Set<string>();
  if (mine.has(lockFile)) {
    throw new Error(`the lock ${lockFile} is already held by this chain of calls (${what})`);
  }
  const release = await acquire(lockFile, what, onWait);
  try {
    return await held.run(new Set([...mine, lockFile]), run);
  } finally {
    await release();
  }
}

async function acquire(
  file: string,
  what: string,
  onWait?: (holder: string) => void,
): Promise<() => Promise<void>> {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.closeSync(fs.openSync(file, "a", 0o600));
  } catch (cause) {
    throw failure(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  // `cat` keeps the lock until its input ends, which the kernel sees to when this process dies. A session of its own keeps
  // it out of the way of Ctrl-C, so that the lock still holds while this process cleans up.
  const keeper = spawn("flock", ["--exclusive", "--no-fork", file, "cat"], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  keeper.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  // A keeper that is gone is reported by its exit; the broken pipe that comes with it says nothing more.
  keeper.stdin.on("error", (error) => (complaint ||= error.message));
  const gone = new Promise<string>((resolve) => {
    keeper.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? "the program `flock` is not installed" : error.message),
    );
    keeper.once("exit", (code, signal) =>
      resolve(complaint.trim() || `flock ended with ${signal ?? `exit code ${code ?? "unknown"}`}`),
    );
  });
  const waiting = setTimeout(() => onWait?.(readHolder(file)), PATIENCE);
  try {
    // `cat` can only echo this once `flock` has the lock and has become `cat`.
    keeper.stdin.write("locked\n");
    const why = await Promise.race([once(keeper.stdout, "data").then(() => undefined), gone]);
    if (why !== undefined) {
      throw failure(file, why);
    }
  } finally {
    clearTimeout(waiting);
  }
  fs.writeFileSync(file, `${what}, process ${process.pid}, since ${new Date().toISOString()}\n`);
  return async () => {
    keeper.stdin.end();
    await gone;
  };
}

function readHolder(file: string): string {
  const text = fs.readFileSync(file, "utf8").slice(0, 300);
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim() || "another process";
}

function failure(file: string, why: string, cause?: unknown): LabError {
  const missing = why.includes("not installed");
  return new LabError(`cannot take the lock ${file}: ${why}`, {
    fix: missing
      ? "install util-linux: apt-get install util-linux"
      : `make ${path.dirname(file)} writable for you, with free space on its disk`,
    cause,
  });
}
