import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import {
  hostOfCgroup,
  hostOfCommand,
  isAlive,
  mountsOf,
  parseIdentity,
  parseStat,
  SUPERVISE,
} from "../../lab/hosts/processes";
import { checkFilesystem, checkMachine, type Machine } from "../../lab/hosts/requirements";

const machine: Machine = {
  platform: "linux",
  uid: 0,
  kernel: "6.1.0-37-amd64",
  status: "Name:\tnode\nCapEff:\t000001ffffffffff\n",
  filesystems: "nodev\tcgroup2\nnodev\toverlay\n\text4\n",
};

function refusal(changed: Partial<Machine>): LabError {
  try {
    checkMachine({ ...machine, ...changed });
  } catch (error) {
    if (error instanceof LabError) {
      return error;
    }
    throw error;
  }
  throw new Error("not refused");
}

describe("what a machine must have", () => {
  test("Debian 12 as root has it, and so has exactly the oldest kernel", () => {
    expect(() => checkMachine(machine)).not.toThrow();
    expect(() => checkMachine({ ...machine, kernel: "5.14.0" })).not.toThrow();
  });

  test("not Linux, not root", () => {
    expect(refusal({ platform: "darwin", uid: 501 }).message).toMatch(/needs Linux, and this is darwin/);
    expect(refusal({ uid: 1000 }).message).toMatch(/needs root, and you are user 1000/);
    expect(refusal({ uid: 1000 }).fix).toContain("sudo");
  });

  test.each(["5.13.19", "5.4.0-150-generic", "4.19.0"])("kernel %s is too old", (kernel) => {
    expect(refusal({ kernel }).message).toContain(`needs Linux 5.14 or later, and this is ${kernel}`);
  });

  test("root in an ordinary container", () => {
    const error = refusal({ status: "CapEff:\t00000000a80425fb\n" });
    expect(error.message).toContain("without CAP_NET_ADMIN and CAP_SYS_ADMIN");
    expect(error.fix).toContain("--privileged");
  });

  test("a kernel without overlay or cgroup v2", () => {
    expect(refusal({ filesystems: "nodev\tcgroup2\n\text4\n" }).message).toContain("no overlay file system");
    expect(refusal({ filesystems: "nodev\tcgroup\nnodev\toverlay\n" }).message).toContain(
      "no cgroup2 file system",
    );
  });

  test("a lab folder on overlayfs", () => {
    expect(() => checkFilesystem(0xef53, "/lab")).not.toThrow();
    expect(() => checkFilesystem(0x794c7630, "/lab")).toThrow(/\/lab is on overlayfs/);
  });
});

describe("whose process is it", () => {
  const cgroups = (v2: string) =>
    `9:name=systemd:/\n4:memory:/listen-backlog-0123abcd/i-00000000\n0::${v2}\n`;

  test("by its cgroup", () => {
    expect(
      hostOfCgroup(
        cgroups("/listen-backlog-0123abcd/i-01234567/payload/init.scope"),
        "listen-backlog-0123abcd",
      ),
    ).toBe("i-01234567");
    expect(hostOfCgroup(cgroups("/listen-backlog-0123abcd"), "listen-backlog-0123abcd")).toBe("");
    expect(
      hostOfCgroup(cgroups("/listen-backlog-0123abcde/i-01234567"), "listen-backlog-0123abcd"),
    ).toBeUndefined();
    expect(hostOfCgroup(cgroups("/"), "listen-backlog-0123abcd")).toBeUndefined();
  });

  test("by its command line, with the folder of this lab and no other", () => {
    const argv = ["unshare", "--fork", "--", "bash", SUPERVISE, "/lab/hosts/i-01234567", "/image"];
    expect(hostOfCommand(argv, "/lab/hosts")).toBe("i-01234567");
    expect(hostOfCommand(argv, "/lab2/hosts")).toBeUndefined();
    expect(hostOfCommand(["vi", "/lab/hosts/i-01234567"], "/lab/hosts")).toBeUndefined();
    expect(hostOfCommand([], "/lab/hosts")).toBeUndefined();
  });

  test("by its mounts", () => {
    const lab = { dir: "/my lab", bridge: "lb-0123abcd" };
    const line = (point: string, type: string, source: string) =>
      `36 35 0:40 / ${point} rw,relatime shared:1 - ${type} ${source} rw\n`;
    expect(mountsOf(line("/", "overlay", "lb-0123abcd-010"), lab)).toEqual(["/"]);
    expect(mountsOf(line("/my\\040lab/hosts/i-01234567/root", "tmpfs", "tmpfs"), lab)).toEqual([
      "/my lab/hosts/i-01234567/root",
    ]);
    expect(
      mountsOf(line("/", "overlay", "lb-99999999-010") + line("/my\\040lab", "ext4", "/dev/vda"), lab),
    ).toEqual([]);
    expect(mountsOf(line("/", "overlay", "overlay") + line("/", "ext4", "lb-0123abcd-010"), lab)).toEqual([]);
  });

  test("names with spaces and parentheses in /proc/PID/stat", () => {
    const rest = `S 1 ${Array.from({ length: 17 }, (_, i) => i).join(" ")} 4711 0 0`;
    expect(parseStat(`12 (a) S (b) ${rest}\n`)).toEqual({ name: "a) S (b", dead: false, started: "4711" });
    expect(parseStat(`12 (gone) ${rest.replace("S", "Z")}\n`)?.dead).toBe(true);
    expect(parseStat("nonsense")).toBeUndefined();
  });

  test("a process is alive only with its own start time, in this boot", () => {
    const started = parseStat(fs.readFileSync("/proc/self/stat", "utf8"))?.started ?? "";
    const bootId = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const me = { pid: process.pid, started, bootId };
    expect(parseIdentity(`${me.pid} ${me.started} ${me.bootId}\n`)).toEqual(me);
    expect(isAlive(me)).toBe(true);
    expect(isAlive({ ...me, started: `${started}1` })).toBe(false);
    expect(isAlive({ ...me, bootId: "00000000-0000-0000-0000-000000000000" })).toBe(false);
    expect(isAlive({ ...me, pid: 2 ** 22 + 1 })).toBe(false);
    expect(parseIdentity("12 34\n")).toBeUndefined();
    expect(parseIdentity(`${me.pid}; rm -rf / ${started} ${bootId}`)).toBeUndefined();
  });
});

test("the scripts are executable", () => {
  for (const file of ["supervise.sh", "cgroup.sh", "image/customize.sh"]) {
    expect(() => fs.accessSync(path.resolve("lab/hosts", file), fs.constants.X_OK)).not.toThrow();
  }
});
