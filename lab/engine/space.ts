import * as fs from "node:fs";
import * as path from "node:path";

const GB = 1_000_000_000;

/** Disk space that a build still has to write to one folder. */
export interface SpaceNeed {
  readonly folder: string;
  readonly bytes: number;
}

/** The disk of a folder: the id of its file system, and how much of it this user may still write. */
export interface Disk {
  readonly id: number;
  readonly freeBytes: number;
}

/** Says which disk is too small, with the numbers, or nothing. Needs on the same disk add up. */
export function spaceProblem(
  needs: readonly SpaceNeed[],
  diskOf: (folder: string) => Disk = diskOfFolder,
): string | undefined {
  const disks = new Map<number, { folders: string[]; wanted: number; free: number }>();
  for (const need of needs) {
    const disk = diskOf(need.folder);
    const sum = disks.get(disk.id) ?? { folders: [], wanted: 0, free: disk.freeBytes };
    sum.folders.push(need.folder);
    sum.wanted += need.bytes;
    disks.set(disk.id, sum);
  }
  for (const { folders, wanted, free } of disks.values()) {
    if (free < wanted) {
      return `the disk of ${folders.join(", ")} has ${gigabytes(free)} free, and the build needs about ${gigabytes(wanted)} there`;
    }
  }
  return undefined;
}

/** The disk on which a folder is, or will be once it is created. */
export function diskOfFolder(folder: string): Disk {
  let existing = path.resolve(folder);
  while (!fs.existsSync(existing)) {
    existing = path.dirname(existing);
  }
  const { bavail, bsize } = fs.statfsSync(existing);
  return { id: fs.statSync(existing).dev, freeBytes: bavail * bsize };
}

/** Bytes as people read them: `4.0 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
