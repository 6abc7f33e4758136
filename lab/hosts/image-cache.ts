import * as fs from "node:fs/promises";
import * as path from "node:path";

import type { Lab } from "../identity";
import { labImage } from "./image";
import { folderEntries, missing, readRecords } from "./records";

/** How long an image that no host uses is kept, for the checkout that might come back to it. Milliseconds. */
const UNUSED_FOR = 24 * 60 * 60 * 1_000;

/** The folders of one image in the cache. */
export interface ImagePaths {
  readonly folder: string;
  /** The file tree: read-only for everyone, the lower layer of every host. */
  readonly rootfs: string;
  /** Written last: an image without it is not an image. Its time says when the image was last wanted. */
  readonly marker: string;
  /** One file for each lab that has hosts on the image, with the lab's folder in it. */
  readonly users: string;
}

/** Where the images of this user are. */
export function imagesFolder(lab: Pick<Lab, "cacheDir">): string {
  return path.join(lab.cacheDir, "image");
}

/** Guards building, registering and pruning of images. */
export function imageLock(lab: Pick<Lab, "cacheDir">): string {
  return path.join(imagesFolder(lab), "lock");
}

export function imagePaths(lab: Pick<Lab, "cacheDir">, key: string): ImagePaths {
  const folder = path.join(imagesFolder(lab), key);
  return {
    folder,
    rootfs: path.join(folder, "rootfs"),
    marker: path.join(folder, "complete"),
    users: path.join(folder, "users"),
  };
}

/** True when the image of this checkout is there and whole. */
export async function imageIsReady(lab: Pick<Lab, "cacheDir">): Promise<boolean> {
  try {
    await fs.access(imagePaths(lab, labImage().key).marker);
    return true;
  } catch (error) {
    return missing(error, false);
  }
}

/** True when the image is there and whole. Notes that it was wanted now. */
export async function touchImage(lab: Pick<Lab, "cacheDir">, key: string): Promise<boolean> {
  const now = new Date();
  try {
    await fs.utimes(imagePaths(lab, key).marker, now, now);
    return true;
  } catch (error) {
    return missing(error, false);
  }
}

/** Says that hosts of this lab run on the image, so that no other checkout prunes it. Call it with the image lock held. */
export async function registerImageUser(lab: Lab, key: string): Promise<void> {
  const { users } = imagePaths(lab, key);
  await fs.mkdir(users, { recursive: true, mode: 0o700 });
  await fs.writeFile(path.join(users, lab.id), `${lab.dir}\n`, { mode: 0o600 });
}

/**
 * Removes what killed builds left, and images of other recipes that no host of any lab uses and nobody wanted for a day.
 * Call it with the image lock held.
 *
 * @returns the folders that were removed.
 */
export async function pruneImages(
  lab: Pick<Lab, "cacheDir">,
  currentKey: string,
  now = Date.now(),
): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await fs.readdir(imagesFolder(lab), { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === currentKey) {
      continue;
    }
    const folder = path.join(imagesFolder(lab), entry.name);
    const image = /^[0-9a-f]{64}$/.test(entry.name);
    if (image && ((await wantedLately(lab, entry.name, now)) || (await hasHosts(lab, entry.name)))) {
      continue;
    }
    if (image) {
      // Without its marker it is no image any more, should this be killed half-way.
      await fs.rm(imagePaths(lab, entry.name).marker, { force: true });
    }
    await fs.rm(folder, { recursive: true, force: true });
    removed.push(folder);
  }
  return removed;
}

async function wantedLately(lab: Pick<Lab, "cacheDir">, key: string, now: number): Promise<boolean> {
  try {
    return now - (await fs.stat(imagePaths(lab, key).marker)).mtimeMs < UNUSED_FOR;
  } catch (error) {
    return missing(error, false);
  }
}

async function hasHosts(lab: Pick<Lab, "cacheDir">, key: string): Promise<boolean> {
  const { users } = imagePaths(lab, key);
  for (const name of await folderEntries(users)) {
    const dir = (await fs.readFile(path.join(users, name), "utf8")).trim();
    const records = await readRecords(dir);
    if (records.some((record) => record.image === key)) {
      return true;
    }
  }
  return false;
}
