import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import {
  ACCEPT_ANY,
  ensureHostsReady,
  Hosts,
  ssh,
  waitForSsh,
  type HostInfo,
  type SshTarget,
} from "../../lab/hosts";
import { hostPaths } from "../../lab/hosts/records";
import { openLab, type Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { newKeyPair, type KeyPair } from "./support/key-pair";

// Real hosts in labs of their own. The tests of this file go on from each other: boots are what takes time here.

const checkout = path.resolve(__dirname, "../..");
const WEB = "i-0aaaaaaaaaaaaaaaa";
const CACHE = "i-0bbbbbbbbbbbbbbbb";
const OTHER = "i-0cccccccccccccccc";

let folder: string;
let lab: Lab;
let otherLab: Lab;
let hosts: Hosts;
let otherHosts: Hosts;
let userKey: KeyPair;
let hostKey: KeyPair;
let outside: string;
let web: HostInfo;
let cache: HostInfo;
let other: HostInfo;

function target(host: HostInfo, pinned = ACCEPT_ANY): SshTarget {
  return { address: host.address, identityFile: userKey.file, hostKey: pinned };
}

/** Runs a command on a host as admin; it must succeed. */
async function on(host: HostInfo, command: string): Promise<string> {
  const result = await ssh({ ...target(host), command });
  expect(result, `${host.hostname}: ${command}`).toMatchObject({ code: 0 });
  return result.stdout.trim();
}

async function booted(host: HostInfo): Promise<void> {
  await waitForSsh(target(host), 90_000);
  await on(host, "cloud-init status --wait");
}

/** @param pause between two looks, in milliseconds; 0 for a moment that is over soon. */
async function until(condition: () => boolean | Promise<boolean>, pause = 50): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`never came true: ${condition.toString()}`);
    }
    await new Promise((resolve) => (pause === 0 ? setImmediate(resolve) : setTimeout(resolve, pause)));
  }
}

const sysctlsOutside = () =>
  ["net/core/somaxconn", "net/ipv4/tcp_max_syn_backlog", "fs/inotify/max_user_instances", "kernel/pid_max"]
    .map((name) => `${name}=${fs.readFileSync(`/proc/sys/${name}`, "utf8").trim()}`)
    .join(" ");

/** The pid of a process of a host, by its name, as `leftovers` reports it. */
async function pidOf(name: string, instanceId: string): Promise<number> {
  const line = (await hosts.leftovers()).find((text) => text.includes(`(${name}) of host ${instanceId}`));
  const pid = Number(/^process (\d+) /.exec(line ?? "")?.[1]);
  expect(pid, `${name} of ${instanceId}`).toBeGreaterThan(1);
  return pid;
}

const about = (lines: readonly string[], instanceId: string) =>
  lines.filter((line) => line.includes(instanceId));

async function refusal(run: Promise<unknown>): Promise<LabError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
}

/** The hardware address by which an unfinished bridge of a lab is known. */
const bridgeAddress = (of: Lab) => `02:4c:${of.id.replace(/..(?!$)/g, "$&:")}`;

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog hosts-"));
  lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab a") });
  otherLab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab b") });
  hosts = new Hosts(lab);
  otherHosts = new Hosts(otherLab);
  userKey = newKeyPair(folder, "user");
  hostKey = newKeyPair(folder, "host");
  outside = sysctlsOutside();
  await ensureHostsReady(lab, createProgress());
});

afterAll(async () => {
  await hosts.destroyAll();
  await otherHosts.destroyAll();
  fs.rmSync(folder, { recursive: true });
});

describe("before anything is made", () => {
  test("bad names and ids are refused, and nothing is created", async () => {
    const seed = { instanceId: WEB, hostname: "web", userData: Buffer.alloc(0), publicKeys: [] };
    for (const bad of [
      { instanceId: "../x" },
      { hostname: "a b" },
      { hostname: "-boot" },
      { publicKeys: ["x\nssh-rsa y"] },
    ]) {
      expect((await refusal(hosts.create({ ...seed, ...bad }))).message).toMatch(/: given .*; allowed: /);
    }
    expect((await refusal(hosts.destroy("i-01234567/../../x"))).message).toContain("instanceId: given");
    expect((await refusal(hosts.start(WEB))).message).toContain(`there is no host ${WEB}`);
    expect(await hosts.list()).toEqual([]);
    expect(await hosts.leftovers()).toEqual([]);
  });

  test("a link that is somebody else's is named, and left alone", async () => {
    ip("link", "add", "name", lab.bridge, "type", "veth", "peer", "name", `vy-${lab.id}`);
    try {
      const seed = { instanceId: WEB, hostname: "web", userData: Buffer.alloc(0), publicKeys: [] };
      const error = await refusal(hosts.create(seed));
      expect(error.message).toContain(
        `a veth of that name that is not of this lab (without a note of who made it)`,
      );
      expect(error.fix).toContain(`ip link delete ${lab.bridge}`);
      expect(await hosts.list()).toEqual([]);
      expect(fs.existsSync(path.join(lab.dir, "hosts"))).toBe(false);
      expect(ip("link", "show", lab.bridge)).toContain(lab.bridge);
    } finally {
      ip("link", "delete", lab.bridge);
    }
  });
});

describe("hosts", () => {
  test("boot side by side, in two labs at once, each with its own user data", async () => {
    // A creation that was killed between two steps left the bridge without its mark; it is taken over.
    ip("link", "add", "name", lab.bridge, "address", bridgeAddress(lab), "type", "bridge");
    const config = {
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
      write_files: [{ path: "/etc/greeting", content: "grüße\n" }],
      runcmd: ["echo first boot >> /var/log/first-boots"],
    };
    const publicKeys = [userKey.publicKey];
    [web, cache, other] = await Promise.all([
      hosts.create({
        instanceId: WEB,
        hostname: "web",
        userData: Buffer.from(`#cloud-config\n${JSON.stringify(config)}\n`),
        publicKeys,
      }),
      hosts.create({
        instanceId: CACHE,
        hostname: "cache",
        userData: gzipSync("#!/bin/sh\nhostname > /etc/greeting\n"),
        publicKeys,
      }),
      otherHosts.create({ instanceId: OTHER, hostname: "web", userData: Buffer.alloc(0), publicKeys }),
    ]);
    expect(await hosts.list()).toEqual([web, cache]);
    expect(await hosts.get(WEB)).toEqual({
      instanceId: WEB,
      hostname: "web",
      address: web.address,
      state: "running",
    });
    expect(await otherHosts.list()).toEqual([other]);
    expect(new Set([web.address, cache.address, other.address]).size).toBe(3);
    expect(other.address.replace(/\.\d+$/, "")).not.toBe(web.address.replace(/\.\d+$/, ""));

    await Promise.all([web, cache, other].map(booted));
    expect(await on(web, "cat /etc/greeting /var/log/first-boots; hostname")).toBe("grüße\nfirst boot\nweb");
    expect(await on(cache, "cat /etc/greeting; hostname")).toBe("cache\ncache");
    for (const host of [web, cache, other]) {
      expect(
        await on(host, "id -un; sudo -n id -un; cloud-init query instance_id; systemctl is-system-running"),
      ).toBe(`admin\nroot\n${host.instanceId}\nrunning`);
    }
    expect(
      await on(
        web,
        ". /etc/os-release; echo $ID-$VERSION_ID; systemctl is-enabled nginx redis-server || true",
      ),
    ).toBe("debian-12\ndisabled\ndisabled");
  });

  test("show the host key that their user data gave them, and no other is accepted", async () => {
    expect((await ssh({ ...target(web, hostKey.publicKey), command: "true" })).code).toBe(0);
    const wrong = await ssh({ ...target(web, userKey.publicKey), command: "touch /tmp/never" });
    expect(wrong.code).toBe(255);
    expect(wrong.stderr).toMatch(/host key verification failed/i);
    expect((await refusal(waitForSsh(target(web, userKey.publicKey), 60_000))).message).toContain(
      "another host key",
    );
    expect(await on(web, "ls /tmp/never 2>&1 || true")).toContain("No such file");
    // As cloud images do it: root's key only says who to log in as.
    expect(await on(web, "sudo cat /root/.ssh/authorized_keys")).toMatch(
      /command="echo 'Please login as the user \\"admin\\"/,
    );
  });

  test("keep what is secret to root", () => {
    const { folder: own, seed, upper } = hostPaths(lab.dir, WEB);
    const mode = (file: string) => (fs.statSync(file).mode & 0o7777).toString(8);
    expect([own, seed, path.dirname(own)].map(mode)).toEqual(["700", "700", "700"]);
    expect(fs.readdirSync(seed).map((name) => mode(path.join(seed, name)))).toEqual(["600", "600", "600"]);
    expect(mode(path.join(upper, "var/lib/cloud/seed/nocloud/user-data"))).toBe("600");
  });

  test("have a somaxconn of their own", async () => {
    await on(web, "sudo sysctl -qw net.core.somaxconn=16384 net.ipv4.tcp_max_syn_backlog=8192");
    const read = "cat /proc/sys/net/core/somaxconn";
    expect(await on(web, read)).toBe("16384");
    expect(await on(cache, read)).toBe("4096");
    expect(await on(other, read)).toBe("4096");
    const effective =
      'python3 -c \'import socket,subprocess; s=socket.create_server(("",9001),backlog=65535); print(subprocess.getoutput("ss -Hltn sport = :9001").split()[2])\'';
    expect(await on(web, effective)).toBe("16384");
    expect(await on(cache, effective)).toBe("4096");
    expect(sysctlsOutside()).toBe(outside);
  });

  test("reboot from inside: what was persisted takes effect, what was set by hand is gone", async () => {
    await on(
      web,
      "echo net.core.somaxconn=30000 | sudo tee /etc/sysctl.d/90-test.conf; sudo sysctl -qw net.ipv4.tcp_fin_timeout=7",
    );
    const before = await on(
      web,
      "cat /proc/sys/kernel/random/boot_id; echo marker | sudo tee /run/test-boot",
    );
    await ssh({ ...target(web), command: "sudo systemctl reboot" });
    await until(async () => {
      const { code, stdout } = await ssh({
        ...target(web),
        command: "cat /run/test-boot 2>/dev/null; echo up",
      });
      return code === 0 && stdout === "up\n";
    });
    expect(before).toContain("marker");
    await booted(web);
    expect(
      await on(
        web,
        "cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/tcp_fin_timeout /var/log/first-boots",
      ),
    ).toBe("30000\n60\nfirst boot");
    expect((await hosts.get(WEB))?.state).toBe("running");
  });

  test("stop, other user data, start: the same instance, so it does not run again", async () => {
    const other = Buffer.from(
      "#cloud-config\nruncmd: [touch /var/log/ran-again]\nwrite_files: [{path: /etc/greeting, content: no}]\n",
    );
    expect((await refusal(hosts.replaceUserData(WEB, other))).message).toContain(
      "cannot be changed while it runs",
    );
    await hosts.stop(WEB);
    expect((await hosts.get(WEB))?.state).toBe("stopped");
    expect(about(await hosts.leftovers(), WEB)).toEqual([]);
    // A clean end: systemd itself says so, in the journal on the disk.
    const journal = path.join(hostPaths(lab.dir, WEB).upper, "var/log/journal");
    expect(
      execFileSync("journalctl", ["-D", journal, "-n", "20", "--no-pager"], { encoding: "utf8" }),
    ).toContain("Shutting down.");
    await hosts.stop(WEB);
    await hosts.replaceUserData(WEB, other);
    await Promise.all([hosts.start(WEB), hosts.start(WEB)]);
    expect(await hosts.get(WEB)).toEqual(web);
    await booted(web);
    expect(
      await on(
        web,
        "sudo grep -c ran-again /var/lib/cloud/seed/nocloud/user-data; ls /var/log/ran-again 2>&1; cat /etc/greeting",
      ),
    ).toBe("1\nls: cannot access '/var/log/ran-again': No such file or directory\ngrüße");
    expect(await on(web, "cat /var/log/first-boots /proc/sys/net/core/somaxconn")).toBe("first boot\n30000");
  });

  test("reboot from outside", async () => {
    const before = await on(
      cache,
      "sudo touch /run/test-boot /var/test-disk; sudo journalctl --list-boots --no-pager | wc -l",
    );
    await hosts.reboot(CACHE);
    await waitForSsh(target(cache), 90_000);
    expect(await on(cache, "ls /run/test-boot /var/test-disk 2>/dev/null || true")).toBe("/var/test-disk");
    expect(Number(await on(cache, "sudo journalctl --list-boots --no-pager | wc -l"))).toBe(
      Number(before) + 1,
    );
  });
});

describe("kill -9", () => {
  test.each(["bash", "systemd-nspawn", "unshare"])(
    "of a host's %s: nothing of it keeps running",
    async (name) => {
      await hosts.start(WEB);
      process.kill(await pidOf(name, WEB), "SIGKILL");
      await until(async () => (await hosts.get(WEB))?.state === "stopped");
      await until(
        async () =>
          !about(await hosts.leftovers(), WEB).some(
            (line) => line.startsWith("process") || line.startsWith("mount"),
          ),
      );
      const cleared = await hosts.sweep();
      expect(cleared.join("\n")).toContain(WEB);
      expect(about(await hosts.leftovers(), WEB)).toEqual([]);
      expect((await hosts.get(CACHE))?.state).toBe("running");
      expect(await hosts.sweep()).toEqual([]);
    },
  );

  test("of a process in the middle of a creation: the next sweep clears it, whenever it came", async () => {
    const id = (n: number) => `i-0ddddddddddddd${String(n).padStart(3, "0")}`;
    const moments: ((n: number) => boolean)[] = [
      () => fs.readdirSync(path.join(lab.dir, "hosts")).some((name) => name.startsWith(".new-")),
      (n) => fs.existsSync(hostPaths(lab.dir, id(n)).record),
      (n) => fs.existsSync(hostPaths(lab.dir, id(n)).console),
      (n) => fs.existsSync(hostPaths(lab.dir, id(n)).supervisor),
    ];
    for (const [n, moment] of moments.entries()) {
      const child = createElsewhere(id(n));
      const ended = once(child, "exit");
      await until(() => moment(n), 0);
      child.kill("SIGKILL");
      expect((await ended)[1]).toBe("SIGKILL");
      await hosts.sweep();
      // Either its creation was cut short and it is gone, or the kill came too late and it is a host like any other.
      const left = await hosts.get(id(n));
      expect(fs.existsSync(hostPaths(lab.dir, id(n)).folder)).toBe(left !== undefined);
      expect(about(await hosts.leftovers(), id(n)).length > 0).toBe(left?.state === "running");
      await hosts.destroy(id(n));
      expect(about(await hosts.leftovers(), id(n))).toEqual([]);
      expect(fs.readdirSync(path.join(lab.dir, "hosts")).sort()).toEqual([WEB, CACHE]);
    }
  });

  test("a process, a cgroup and a link that nobody looks after any more", async () => {
    const orphan = spawn(
      "unshare",
      [
        ...["--mount", "--propagation", "private", "sh", "-c"],
        `umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; mkdir -p /sys/fs/cgroup/${lab.cgroup}/i-0eeeeeee/payload
         echo 0 > /sys/fs/cgroup/${lab.cgroup}/i-0eeeeeee/payload/cgroup.procs; exec sleep 600`,
      ],
      { stdio: "ignore" },
    );
    const ended = once(orphan, "exit");
    const cable = `vb-${lab.id}200`;
    ip("link", "add", "name", cable, "type", "bridge");
    await until(async () =>
      about(await hosts.leftovers(), "i-0eeeeeee").some((line) => line.includes("(sleep)")),
    );
    const cleared = await hosts.sweep();
    expect(cleared).toContain(`network link ${cable}`);
    expect(cleared).toContain(`cgroup ${lab.cgroup}/i-0eeeeeee`);
    expect((await ended)[1]).toBe("SIGKILL");
    expect(about(await hosts.leftovers(), "i-0eeeeeee")).toEqual([]);
    expect((await hosts.get(CACHE))?.state).toBe("running");
  });
});

describe("the network of a lab", () => {
  test("stays reserved while its hosts are stopped, and no other lab takes it", async () => {
    await hosts.stop(WEB);
    await ssh({ ...target(cache), command: "sudo poweroff" });
    await until(async () => (await hosts.get(CACHE))?.state === "stopped");
    expect(await hosts.sweep()).toContain(`network link ${lab.bridge}`);
    expect(await hosts.leftovers()).toEqual([]);
    const subnet = web.address.replace(/\.\d+$/, "");

    const third = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab c") });
    fs.writeFileSync(path.join(third.dir, "network.json"), JSON.stringify({ subnet }));
    const thirdHosts = new Hosts(third);
    try {
      const host = await thirdHosts.create({
        instanceId: OTHER,
        hostname: "web",
        userData: Buffer.alloc(0),
        publicKeys: [],
      });
      expect(host.address.startsWith(`${subnet}.`)).toBe(false);
    } finally {
      await thirdHosts.destroyAll();
    }
    expect(await thirdHosts.leftovers()).toEqual([]);
  });

  test("taken by somebody else in between: said before anything starts", async () => {
    const subnet = web.address.replace(/\.\d+$/, "");
    const link = `vx-${lab.id}`;
    ip("link", "add", "name", link, "type", "bridge");
    try {
      ip("address", "add", `${subnet}.77/32`, "dev", link);
      const error = await refusal(hosts.start(WEB));
      expect(error.message).toContain(`${subnet}.77/32 is the address of ${link}`);
      expect(error.fix).toContain("npm run lab -- destroy");
      expect((await hosts.get(WEB))?.state).toBe("stopped");
    } finally {
      ip("link", "delete", link);
    }
    await hosts.start(WEB);
    expect((await hosts.get(WEB))?.address).toBe(web.address);
  });
});

describe("the end", () => {
  test("destroying everything of one lab leaves nothing of it, and the other lab alone", async () => {
    expect(await on(other, "hostname")).toBe("web");
    await Promise.all([hosts.destroy(CACHE), hosts.destroy(CACHE)]);
    expect(await hosts.get(CACHE)).toBeUndefined();
    await hosts.destroyAll();
    expect(await hosts.leftovers()).toEqual([]);
    expect(await hosts.list()).toEqual([]);
    expect(fs.readdirSync(path.join(lab.dir, "hosts"))).toEqual([]);
    expect(fs.existsSync(path.join(lab.dir, "network.json"))).toBe(false);
    expect(await on(other, "hostname")).toBe("web");
    await hosts.destroyAll();
  });

  test("with its last host a lab gives back its bridge, its cgroup and its network", async () => {
    await otherHosts.destroy(OTHER);
    expect(await otherHosts.leftovers()).toEqual([]);
    expect(ip("link")).not.toContain(otherLab.bridge);
    expect(sysctlsOutside()).toBe(outside);
  });
});

/** Creates a host in a process of its own, which then waits to be killed. */
function createElsewhere(instanceId: string): ChildProcess {
  const script = `
    const { Hosts } = require(${JSON.stringify(path.join(checkout, "lab/hosts"))});
    new Hosts(${JSON.stringify(lab)}).create({ instanceId: "${instanceId}", hostname: "half", userData: Buffer.alloc(0), publicKeys: [] })
      .then(() => setTimeout(() => undefined, 60_000));`;
  return spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], { cwd: checkout, stdio: "ignore" });
}
