import * as fs from "node:fs";

import { LabError } from "../errors";
import type { Lab } from "../identity";
import { hostOfCgroup } from "./processes";

/**
 * What one booted host holds of root's inotify instances: systemd five, logind one. (dbus has one more, as a user of its
 * own.) The kernel counts them per user, over all processes of the machine. Measured with systemd 252.
 */
export const INSTANCES_PER_HOST = 6;

/** Beyond the hosts, this much is left for what user data starts and for what comes and goes outside. */
const RESERVE = 16;

/** When this much is free in any case, nobody needs to be counted. */
const PLENTY = 64;

/**
 * A host that gets no inotify instance hangs in its boot. So this refuses to start one more than the kernel's limit carries.
 *
 * @param running how many hosts of this lab run already.
 * @throws LabError that says which limit to raise, and to what.
 */
export function requireInotify(lab: Lab, running: number): void {
  const limit = Number(fs.readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));
  const hosts = (running + 1) * INSTANCES_PER_HOST;
  if (hosts + PLENTY <= limit) {
    return;
  }
  checkInotify(limit, running, countOthers(lab));
}

/** The rule itself. @param others instances that root holds outside of this lab's hosts. */
export function checkInotify(limit: number, running: number, others: number): void {
  const needed = (running + 1) * INSTANCES_PER_HOST + others + RESERVE;
  if (needed <= limit) {
    return;
  }
  // With room for as many hosts again, so that the next host does not ask for the same.
  const enough = 128 * Math.ceil((needed + (running + 1) * INSTANCES_PER_HOST) / 128);
  throw new LabError(
    `host number ${running + 1} of this lab would hang in its boot: it takes the inotify instances of root to ${needed}, ` +
      `and fs.inotify.max_user_instances allows ${limit} on this machine`,
    { fix: `sysctl -w fs.inotify.max_user_instances=${enough}` },
  );
}

/** Counts what root's processes outside of this lab's hosts hold. */
function countOthers(lab: Lab): number {
  let count = 0;
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (
        fs.statSync(`/proc/${pid}`).uid === 0 &&
        hostOfCgroup(fs.readFileSync(`/proc/${pid}/cgroup`, "utf8"), lab.cgroup) === undefined
      ) {
        count += fs
          .readdirSync(`/proc/${pid}/fd`)
          .filter((fd) => readLink(`/proc/${pid}/fd/${fd}`) === "anon_inode:inotify").length;
      }
    } catch (error) {
      ignoreGone(error);
    }
  }
  return count;
}

function readLink(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch (error) {
    ignoreGone(error);
    return undefined;
  }
}

/** Processes and their files come and go while they are counted; some may not be looked into, not even by root. */
function ignoreGone(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ESRCH" && code !== "EACCES" && code !== "EPERM") {
    throw error;
  }
}
