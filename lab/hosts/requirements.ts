import * as fs from "node:fs";
import * as os from "node:os";

import { LabError } from "../errors";
import { runCommand } from "./command";

/** What the machine says about itself; tests put their own here. */
export interface Machine {
  readonly platform: string;
  /** The user's id; undefined where there is none. */
  readonly uid: number | undefined;
  /** As `uname -r` prints it. */
  readonly kernel: string;
  /** The content of /proc/self/status. */
  readonly status: string;
  /** The content of /proc/filesystems. */
  readonly filesystems: string;
}

/** `cgroup.kill`, which ends a host with everything in it at once, came with 5.14. */
const OLDEST_KERNEL = [5, 14] as const;

/** Number and name of the capabilities without which nothing works. Source: linux/capability.h */
const CAPABILITIES = [
  [12, "CAP_NET_ADMIN"],
  [21, "CAP_SYS_ADMIN"],
] as const;

/** File systems that cannot carry the disks of hosts (the upper layer of an overlay), by statfs type. */
const UNFIT_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x794c7630, "overlayfs (the inside of a container)"],
  [0x6969, "NFS"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x4d44, "FAT"],
  [0xff534d42, "CIFS"],
]);

/** @throws LabError when this machine cannot run hosts at all. Changes nothing but to load the overlay module. */
export async function requireMachine(labDir: string): Promise<void> {
  requireLinuxRoot(process.platform, process.getuid?.());
  const read = (): Machine => ({
    platform: process.platform,
    uid: process.getuid?.(),
    kernel: os.release(),
    status: fs.readFileSync("/proc/self/status", "utf8"),
    filesystems: fs.readFileSync("/proc/filesystems", "utf8"),
  });
  if (!hasFilesystem(read().filesystems, "overlay")) {
    // Whether it worked shows in the list of file systems.
    await runCommand("sh", ["-c", "modprobe overlay"]);
  }
  checkMachine(read());
  checkFilesystem(fs.statfsSync(labDir).type, labDir);
}

/** The rules for the machine. */
export function checkMachine(machine: Machine): void {
  requireLinuxRoot(machine.platform, machine.uid);
  const [major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(machine.kernel) ?? []).slice(1).map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new LabError(
      `the lab needs Linux ${OLDEST_KERNEL.join(".")} or later, and this is ${machine.kernel}`,
      {
        fix: "boot a newer kernel (Debian 12 comes with 6.1)",
      },
    );
  }
  const [, effective = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(machine.status) ?? [];
  const missing = CAPABILITIES.filter(([bit]) => ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 0n);
  if (missing.length > 0) {
    throw new LabError(
      `the lab is run as root, but without ${missing.map(([, name]) => name).join(" and ")}`,
      {
        fix: "run it outside of the container, or in one that is started with --privileged",
      },
    );
  }
  for (const [name, config] of [
    ["overlay", "CONFIG_OVERLAY_FS"],
    ["cgroup2", "CONFIG_CGROUPS"],
  ] as const) {
    if (!hasFilesystem(machine.filesystems, name)) {
      throw new LabError(`the kernel of this machine has no ${name} file system, which the hosts need`, {
        fix: `modprobe ${name}, or a kernel with ${config} (every Debian kernel has it)`,
      });
    }
  }
}

/** The rule for the disk of the lab's folder. @param type as statfs(2) says. */
export function checkFilesystem(type: number, labDir: string): void {
  const name = UNFIT_FILESYSTEMS.get(type);
  if (name !== undefined) {
    throw new LabError(`the lab folder ${labDir} is on ${name}, which cannot hold the disks of hosts`, {
      fix: "set LISTEN_BACKLOG_LAB to a folder on a local disk (ext4, xfs, btrfs) or tmpfs; in a container, to a volume",
    });
  }
}

function requireLinuxRoot(platform: string, uid: number | undefined): void {
  if (platform !== "linux") {
    throw new LabError(`the lab runs hosts of its own, which needs Linux, and this is ${platform}`, {
      fix: "run it on Linux: a virtual machine with Debian 12 will do",
    });
  }
  if (uid !== 0) {
    throw new LabError(
      `the lab makes namespaces, mounts and network links, which needs root, and you are user ${uid ?? "unknown"}`,
      {
        fix: "run it as root: sudo -H npm run lab",
      },
    );
  }
}

function hasFilesystem(list: string, name: string): boolean {
  return list.split("\n").some((line) => line.trim().split(/\s+/).at(-1) === name);
}
