import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";

import { isInstanceId } from "./grammar";

/** What a lab keeps about one host, in `hosts/<instance id>/host.json`. */
export interface HostRecord {
  readonly instanceId: string;
  readonly hostname: string;
  /** The last number of its address, 10 to 250. */
  readonly number: number;
  /** The prefix of its network: `10.140.7`. */
  readonly subnet: string;
  /** Key of the image that its disk is a layer over. */
  readonly image: string;
  /** False until the first boot is under way: a host without it was never handed out. */
  readonly complete: boolean;
}

/** The files of one host. */
export interface HostPaths {
  readonly folder: string;
  readonly record: string;
  /** NoCloud files. They may hold private host keys: 0600 in a 0700 folder. */
  readonly seed: string;
  /** The disk: what differs from the image. */
  readonly upper: string;
  /** Written by the supervisor while it runs: its process id, start time and the boot id of this machine. */
  readonly supervisor: string;
  /** What the host prints on its console. */
  readonly console: string;
}

/** Where the hosts of a lab are. */
export function hostsFolder(labDir: string): string {
  return path.join(labDir, "hosts");
}

/** @param instanceId must have passed the grammar: it becomes a path. */
export function hostPaths(labDir: string, instanceId: string): HostPaths {
  return pathsIn(path.join(hostsFolder(labDir), instanceId));
}

/** The same files, in a folder that is not in its place yet. */
export function pathsIn(folder: string): HostPaths {
  return {
    folder,
    record: path.join(folder, "host.json"),
    seed: path.join(folder, "seed"),
    upper: path.join(folder, "upper"),
    supervisor: path.join(folder, "supervisor"),
    console: path.join(folder, "console.log"),
  };
}

/** Reads one host's record; undefined when there is no such host. */
export async function readRecord(labDir: string, instanceId: string): Promise<HostRecord | undefined> {
  return readJson<HostRecord>(hostPaths(labDir, instanceId).record);
}

/** All records of a lab, by instance id. Folders that are being created or deleted are not hosts. */
export async function readRecords(labDir: string): Promise<HostRecord[]> {
  const records = await Promise.all(
    (await folderEntries(hostsFolder(labDir))).filter(isInstanceId).map((id) => readRecord(labDir, id)),
  );
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

/** The names in a folder; none when there is no folder. */
export async function folderEntries(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    return missing(error, []);
  }
}

/** Reads a file that this lab wrote; undefined when there is none. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    return missing<T | undefined>(error, undefined);
  }
  return JSON.parse(text) as T;
}

/** Writes a file so that readers see the old or the new content, also after a crash. Mode 0600. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  await fs.writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await fs.rename(draft, file);
}

/** The value for a file that is not there; any other error is thrown again. */
export function missing<T>(error: unknown, instead: T): T {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return instead;
  }
  throw error;
}
