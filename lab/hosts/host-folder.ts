import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { folderEntries, hostPaths, hostsFolder, pathsIn, writeJson, type HostRecord } from "./records";
import { seedFiles } from "./seed";
import type { HostSeed } from "./types";

/** A host that is being created, or deleted: no host any more or yet, whatever is in its folder. */
const DRAFT = /^\.(?:new|gone)-/;

/** Writes a host's folder beside its place and moves it there whole. */
export async function writeHostFolder(labDir: string, record: HostRecord, seed: HostSeed): Promise<void> {
  const hosts = hostsFolder(labDir);
  await fs.mkdir(hosts, { recursive: true, mode: 0o700 });
  const draft = pathsIn(path.join(hosts, `.new-${record.instanceId}-${randomBytes(4).toString("hex")}`));
  await fs.mkdir(draft.folder, { mode: 0o700 });
  await fs.mkdir(draft.seed, { mode: 0o700 });
  // This is the host's `/`, which everyone in the host must be able to enter; its parent keeps everyone outside away.
  await fs.mkdir(draft.upper);
  await fs.chmod(draft.upper, 0o755);
  for (const [name, content] of Object.entries(seedFiles(seed, record.subnet, record.number))) {
    await fs.writeFile(path.join(draft.seed, name), content, { mode: 0o600 });
  }
  await writeJson(draft.record, record);
  await fs.rename(draft.folder, path.join(hosts, record.instanceId));
}

/** Deletes a host's folder, if there is one. It is no host any more as soon as this begins, also when the deletion is cut short. */
export async function removeHostFolder(labDir: string, instanceId: string): Promise<void> {
  const gone = path.join(hostsFolder(labDir), `.gone-${instanceId}`);
  await remove(gone);
  try {
    await fs.rename(hostPaths(labDir, instanceId).folder, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
  }
  await remove(gone);
}

/**
 * Deletes the folders of hosts that were never finished, or only half deleted. Call it with the lock of the lab held: a deletion that is
 * under way elsewhere does not mind, and a creation cannot be.
 *
 * @returns their names
 */
export async function removeDrafts(labDir: string): Promise<string[]> {
  const drafts = (await folderEntries(hostsFolder(labDir))).filter((name) => DRAFT.test(name));
  for (const name of drafts) {
    await remove(path.join(hostsFolder(labDir), name));
  }
  return drafts;
}

/** Deletes a folder, also while another process deletes it as well. */
async function remove(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await fs.rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (tries > 50 || !(code === "ENOENT" || code === "ENOTEMPTY" || code === "EBUSY")) {
        throw error;
      }
      await sleep(20);
    }
  }
}
