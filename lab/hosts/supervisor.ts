import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { LabError } from "../errors";
import type { Lab } from "../identity";
import { lastLines } from "./command";
import { imagePaths } from "./image-cache";
import { machineName } from "./network";
import { diskName, isAlive, parseIdentity, SUPERVISE, type ProcessIdentity } from "./processes";
import { hostPaths, missing, type HostRecord } from "./records";

/** How long the boot may take to get under way (a few mounts and the start of nspawn). Milliseconds. */
const START_LIMIT = 30_000;

/** How long a host may take to shut down before its power is cut. EC2 waits longer; nothing here is worth it. Milliseconds. */
const STOP_LIMIT = 20_000;

/** The cgroup of a host, as a path below the root of cgroup v2. */
export function hostCgroup(lab: Lab, instanceId: string): string {
  return `${lab.cgroup}/${instanceId}`;
}

/**
 * Starts the supervisor of a host, which outlives this process. Call it with the lock of the lab held.
 *
 * The supervisor is the first process of its own process namespace, so the kernel kills everything in it when it dies; and
 * `unshare` outside dies with it, and it with `unshare`. Whichever of them is killed, nothing of the host keeps running.
 */
export async function startSupervisor(lab: Lab, record: HostRecord): Promise<void> {
  const paths = hostPaths(lab.dir, record.instanceId);
  await fs.rm(paths.supervisor, { force: true });
  const console = await fs.open(paths.console, "w", 0o600);
  try {
    const child = spawn(
      "unshare",
      [
        ...["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--"],
        ...[
          "bash",
          SUPERVISE,
          paths.folder,
          imagePaths(lab, record.image).rootfs,
          diskName(lab, record.number),
        ],
        ...[hostCgroup(lab, record.instanceId), lab.bridge, machineName(lab, record.number), record.hostname],
      ],
      {
        cwd: "/",
        detached: true,
        // Nothing of the caller's environment is any business of a host.
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
        stdio: ["ignore", console.fd, console.fd, "pipe"],
      },
    );
    child.unref();
    const ready = child.stdio[3];
    let said = "";
    const outcome = await new Promise<"ready" | "failed" | "late">((resolve, reject) => {
      const timer = setTimeout(() => resolve("late"), START_LIMIT);
      const end = (result: "ready" | "failed") => {
        clearTimeout(timer);
        resolve(result);
      };
      child.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      ready?.on("data", (chunk: Buffer) => {
        said += chunk.toString("latin1");
        if (said.includes("ready")) {
          end("ready");
        }
      });
      ready?.once("error", () => end("failed"));
      ready?.once("end", () => end("failed"));
    });
    ready?.destroy();
    if (outcome !== "ready") {
      child.kill("SIGKILL");
      throw await startFailure(record, outcome, paths.console);
    }
  } finally {
    await console.close();
  }
}

/** The supervisor of a host, as long as it runs. */
export async function findSupervisor(
  labDir: string,
  instanceId: string,
): Promise<ProcessIdentity | undefined> {
  let text: string;
  try {
    text = await fs.readFile(hostPaths(labDir, instanceId).supervisor, "utf8");
  } catch (error) {
    return missing<ProcessIdentity | undefined>(error, undefined);
  }
  const identity = parseIdentity(text);
  return identity && isAlive(identity) ? identity : undefined;
}

/** Those of some hosts that run. */
export async function runningHosts(labDir: string, records: readonly HostRecord[]): Promise<HostRecord[]> {
  const supervisors = await Promise.all(records.map(({ instanceId }) => findSupervisor(labDir, instanceId)));
  return records.filter((_, index) => supervisors[index] !== undefined);
}

/** Shuts a running host down; cuts its power when it takes too long. */
export async function shutDown(supervisor: ProcessIdentity): Promise<void> {
  signal(supervisor, "SIGTERM");
  if (!(await waitForEnd(supervisor, STOP_LIMIT))) {
    await cutPower(supervisor);
  }
}

/** Ends a host at once, as if its power was cut. */
export async function cutPower(supervisor: ProcessIdentity): Promise<void> {
  signal(supervisor, "SIGKILL");
  if (!(await waitForEnd(supervisor, STOP_LIMIT))) {
    throw new LabError(`the host's process ${supervisor.pid} does not end, even when it is killed`, {
      fix: `see what it waits for: cat /proc/${supervisor.pid}/stack; most likely a disk or network file system hangs`,
    });
  }
}

function signal(supervisor: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    if (isAlive(supervisor)) {
      process.kill(supervisor.pid, name);
    }
  } catch (error) {
    // It ended in this very moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}

async function waitForEnd(supervisor: ProcessIdentity, limit: number): Promise<boolean> {
  const deadline = Date.now() + limit;
  while (isAlive(supervisor)) {
    if (Date.now() > deadline) {
      return false;
    }
    await sleep(10);
  }
  return true;
}

async function startFailure(
  record: HostRecord,
  outcome: "failed" | "late",
  console: string,
): Promise<LabError> {
  const text = await fs.readFile(console, "utf8");
  const why = outcome === "late" ? `nothing happened for ${START_LIMIT / 1_000} s` : "its supervisor ended";
  const full = /No space left on device/.test(text);
  return new LabError(
    `host ${record.instanceId} (${record.hostname}) could not be started: ${why}${lastLines(text, 6)}`,
    {
      fix: full
        ? "free space on the disk of the lab's folder and in /run, then try again"
        : "read the message above; a machine, or a privileged container, that can mount overlayfs and cgroup v2 is needed",
    },
  );
}
