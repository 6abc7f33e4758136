import * as fs from "node:fs";
import * as path from "node:path";

import type { Lab } from "../identity";
import { hostsFolder } from "./records";

/** A process of this lab. */
export interface LabProcess {
  readonly pid: number;
  /** The program's name, at most 15 characters. */
  readonly name: string;
  /** The instance id of its host, when it is known. */
  readonly host: string | undefined;
}

/** A mount of this lab, and a process that has it in its mount namespace. */
export interface LabMount {
  readonly mountPoint: string;
  readonly pid: number;
}

/** The script that every host runs under; its name in a command line marks what belongs to a host. */
export const SUPERVISE = path.join(__dirname, "supervise.sh");

/** What the overlay of a host is called in mountinfo. */
export function diskName(lab: Pick<Lab, "bridge">, hostNumber: number): string {
  return `${lab.bridge}-${String(hostNumber).padStart(3, "0")}`;
}

/** Looks at every process of the machine: which belong to this lab, and which mounts of this lab they hold. */
export function scanProcesses(lab: Lab): { processes: LabProcess[]; mounts: LabMount[] } {
  const processes: LabProcess[] = [];
  const mounts: LabMount[] = [];
  const seenNamespaces = new Set<string>();
  for (const name of fs.readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) {
      continue;
    }
    const found = inspect(pid, lab, seenNamespaces);
    if (found?.process) {
      processes.push(found.process);
    }
    mounts.push(...(found?.mounts ?? []));
  }
  return { processes, mounts };
}

function inspect(
  pid: number,
  lab: Lab,
  seenNamespaces: Set<string>,
): { process: LabProcess | undefined; mounts: LabMount[] } | undefined {
  const folder = `/proc/${pid}`;
  try {
    const stat = parseStat(fs.readFileSync(`${folder}/stat`, "utf8"));
    if (stat === undefined || stat.dead) {
      return undefined;
    }
    const host =
      hostOfCgroup(fs.readFileSync(`${folder}/cgroup`, "utf8"), lab.cgroup) ??
      hostOfCommand(fs.readFileSync(`${folder}/cmdline`, "utf8").split("\0"), hostsFolder(lab.dir));
    const mounts: LabMount[] = [];
    const namespace = namespaceOf(folder);
    if (namespace !== undefined && !seenNamespaces.has(namespace)) {
      const points = mountsOf(fs.readFileSync(`${folder}/mountinfo`, "utf8"), lab);
      // Only now: a process that is gone by the time of the read must not hide those that share its namespace.
      seenNamespaces.add(namespace);
      mounts.push(...points.map((mountPoint) => ({ mountPoint, pid })));
    }
    return {
      process: host === undefined ? undefined : { pid, name: stat.name, host: host || undefined },
      mounts,
    };
  } catch (error) {
    if (isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

/** The mount namespace of a process; undefined for one that not even root may look into, which is none of ours. */
function namespaceOf(folder: string): string | undefined {
  try {
    return fs.readlinkSync(`${folder}/ns/mnt`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") {
      return undefined;
    }
    throw error;
  }
}

/** The host (a folder name, or "" for the lab as a whole) whose cgroup v2 a process is in. */
export function hostOfCgroup(text: string, labCgroup: string): string | undefined {
  const [, cgroup] = /^0::(.*)$/m.exec(text) ?? [];
  if (cgroup === undefined || !(cgroup === `/${labCgroup}` || cgroup.startsWith(`/${labCgroup}/`))) {
    return undefined;
  }
  return cgroup.split("/")[2] ?? "";
}

/** The host whose supervisor this command line is. */
export function hostOfCommand(argv: readonly string[], hosts: string): string | undefined {
  const folder = argv[argv.indexOf(SUPERVISE) + 1];
  return argv.includes(SUPERVISE) && folder !== undefined && path.dirname(folder) === hosts
    ? path.basename(folder)
    : undefined;
}

/** The mount points of this lab in a mountinfo file: disks of its hosts, and whatever lies inside its folder of hosts. */
export function mountsOf(mountinfo: string, lab: Pick<Lab, "dir" | "bridge">): string[] {
  const points: string[] = [];
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const point = unescape(left.split(" ")[4] ?? "");
    const [type = "", source = ""] = right.split(" ");
    const disk = type === "overlay" && /^\d{3}$/.test(source.replace(`${lab.bridge}-`, ""));
    if ((disk && source.startsWith(`${lab.bridge}-`)) || point.startsWith(`${hostsFolder(lab.dir)}/`)) {
      points.push(point);
    }
  }
  return points;
}

/** Spaces and line ends are octal in mountinfo. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** What identifies a process for as long as the machine is up, also when its id is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly started: string;
  readonly bootId: string;
}

/** Parses what the supervisor writes: `PID STARTED BOOT_ID`. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [, pid, started, bootId] = /^(\d+) (\d+) ([0-9a-f-]{36})\n?$/.exec(text) ?? [];
  return pid !== undefined && started !== undefined && bootId !== undefined
    ? { pid: Number(pid), started, bootId }
    : undefined;
}

/** True as long as exactly this process runs. One that has ended but was not collected by its parent counts as gone. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    const stat = parseStat(fs.readFileSync(`/proc/${identity.pid}/stat`, "utf8"));
    return (
      stat !== undefined &&
      !stat.dead &&
      stat.started === identity.started &&
      fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() === identity.bootId
    );
  } catch (error) {
    if (isGone(error)) {
      return false;
    }
    throw error;
  }
}

/** Parses /proc/PID/stat. The name may hold spaces and parentheses; what follows its last `)` is regular. */
export function parseStat(text: string): { name: string; dead: boolean; started: string } | undefined {
  const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(text) ?? [];
  const fields = rest?.split(" ") ?? [];
  const [state] = fields;
  const started = fields[19];
  return name === undefined || state === undefined || started === undefined
    ? undefined
    : { name, dead: state === "Z" || state === "X", started };
}

/** A process that ends while it is looked at. */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH" || code === "EINVAL";
}
