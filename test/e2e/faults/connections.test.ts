import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacklogVerification, type HostSshArgs } from "../../../components";
import { generateHostKey } from "../../../components/host-key";
import type { EngineRun } from "../support/existing-host";
import { FaultLab, OURS, type FaultHost } from "../support/fault-lab";
import { NGINX_SITE, nginxListening } from "../support/fault-services";
import {
  closes,
  FaultSshd,
  FaultCrowd,
  floods,
  floodsAfterVersion,
  floodsLines,
  hangs,
  hangsAfterVersion,
  slow,
} from "../support/fault-sshd";

// A host that is as declared, and one to go through: whatever fails here is the way to it.

let lab: FaultLab;
let web: FaultHost;
let gate: FaultHost;
const services = [{ name: "nginx", backlog: 8192 }];

beforeAll(async () => {
  // As many at once as the test of many hosts is about, on a machine of any size.
  lab = await FaultLab.open({ PULUMI_PARALLEL: "20" });
  [web, gate] = await Promise.all([
    lab.host("web", {
      files: { [NGINX_SITE]: nginxListening("80 backlog=8192") },
      commands: ["systemctl start nginx"],
    }),
    lab.host("gate"),
  ]);
  await web.tune({ services: [{ name: "nginx", backlog: 8192, relisten: "restart" }] });
});
afterAll(() => lab.close());

/** Where and how a resource dials. */
interface Way {
  readonly host?: string;
  readonly ssh?: Partial<HostSshArgs>;
  readonly verify?: string;
}

/** The same by the names of the resources. */
type Ways = Readonly<Record<string, Way>>;

/** Verifies by every way that is given. */
async function verify(ways: Ways): Promise<EngineRun & { of: (name: string) => string }> {
  const run = await lab.up(() => {
    const found = Object.entries(ways).map(([name, { host = web.address, ssh, verify: when }]) => [
      name,
      new BacklogVerification(name, {
        services,
        host,
        ssh: { ...web.ssh, ...ssh },
        ...(when !== undefined && { verify: when }),
      }).verdict,
    ]);
    return Object.fromEntries(found) as Record<string, unknown>;
  });
  const of = (name: string) =>
    run.diagnostics
      .filter(({ urn, severity }) => severity === "error" && urn?.endsWith(`::${name}-verify`))
      .map(({ message }) => message)
      .join("\n");
  return { ...run, of };
}

describe("an sshd that", () => {
  it("closes, or floods 10 MB, fails the deployment with the reason, and nothing of the flood is shown", async () => {
    // None may fail before all have begun: the first failure keeps the engine from starting more.
    const together = FaultSshd.together(4);
    const servers = {
      closes: await FaultSshd.start(together(closes)),
      floods: await FaultSshd.start(together(floods)),
      "floods-after-version": await FaultSshd.start(together(floodsAfterVersion)),
      "floods-lines": await FaultSshd.start(together(floodsLines)),
    };
    const run = await verify(onLoopback(servers, { dialErrorLimit: 1 }));
    expect(run.ok).toBe(false);
    expect(run.of("closes")).toMatch(/after 1 failed attempts: ssh: handshake failed: /);
    for (const name of ["floods", "floods-after-version", "floods-lines"]) {
      expect(run.of(name), name).toMatch(/after 1 failed attempts: ssh: handshake failed: /);
    }
    // Tried again as often as allowed, and no more.
    expect(Object.values(servers).map(({ connections }) => connections)).toEqual([2, 2, 2, 2]);
    expect(run.text).not.toContain("AAAAAAAA");
    expect(run.text.match(/please wait/g) ?? []).toHaveLength(0);
    await stop(servers);

    // Looked at where they really are, all are as declared.
    expect(await verify({ closes: {}, floods: {} })).toMatchObject({ ok: true, errors: "" });
  });

  it("hangs fails the deployment after the time for a dial, and one that only answers slowly does not", async () => {
    const servers = {
      hangs: await FaultSshd.start(hangs),
      "hangs-after-version": await FaultSshd.start(hangsAfterVersion),
      slow: await FaultSshd.start(slow(web.address, 22, 200)),
    };
    const { slow: patient, ...ways } = {
      ...onLoopback(servers, { dialErrorLimit: 1, perDialTimeout: 2 }),
      ...onLoopback({ slow: servers.slow }, { perDialTimeout: 60 }),
    };
    const run = await verify({ ...ways, slow: patient });
    expect(run.ok).toBe(false);
    for (const name of ["hangs", "hangs-after-version"] as const) {
      expect(run.of(name)).toContain("after 1 failed attempts: ssh: handshake failed: i/o timeout");
      expect(servers[name].connections).toBe(2);
    }
    expect(run.of("slow")).toBe("");
    await stop(servers);

    // The slow one is known by now; nothing dials it again.
    const healed = await verify({ hangs: {}, "hangs-after-version": {}, slow: patient });
    expect(healed).toMatchObject({ ok: true, errors: "" });
    expect(await lab.all.outputs()).toEqual({
      hangs: "as-declared",
      "hangs-after-version": "as-declared",
      slow: "as-declared",
    });
  });
});

/** The way to each of these servers. */
function onLoopback<Name extends string>(
  servers: Readonly<Record<Name, FaultSshd>>,
  ssh: Partial<HostSshArgs>,
): Record<Name, Way> {
  return Object.fromEntries(
    Object.entries<FaultSshd>(servers).map(([name, { port }]) => [
      name,
      { host: "127.0.0.1", ssh: { ...ssh, port } },
    ]),
  ) as Record<Name, Way>;
}

async function stop(servers: Readonly<Record<string, FaultSshd>>): Promise<void> {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}

describe("a host that shows another host key", () => {
  it("is refused before anybody logs in, and accepted again when it is itself", async () => {
    expect(await verify({ web: { verify: "everyUpdate" } })).toMatchObject({ ok: true });
    const key = "/etc/ssh/ssh_host_ed25519_key";
    const other = generateHostKey();
    await web.sh(`cp -p ${key} ${key}.pub /root/ && cat >${key}`, other.privateKey);
    await web.sh("systemctl restart ssh");
    const logins = () => web.sh("journalctl -b -q -t sshd -o cat | grep -c '^Accepted' || :");
    const before = await logins();
    const run = await verify({ web: { verify: "everyUpdate", ssh: { dialErrorLimit: 0 } } });
    expect(run.ok).toBe(false);
    expect(run.of("web")).toMatch(/host key mismatch/);
    expect(await logins()).toBe(before);

    // Who knows of the new key says so; who does not waits until the host is itself again.
    expect(await verify({ web: { ssh: { hostKey: other.publicKey } } })).toMatchObject({ ok: true });
    await web.sh(`cp -p /root/ssh_host_ed25519_key* /etc/ssh/ && systemctl restart ssh`);
    expect(await verify({ web: { verify: "everyUpdate" } })).toMatchObject({ ok: true, errors: "" });
  });
});

describe("a bastion", () => {
  const maxStartups = "sshd -T | grep -i '^maxstartups'";
  const through = (): Partial<HostSshArgs> => ({
    bastion: { host: gate.address, hostKey: gate.host.hostKey },
  });

  it("that is down, or whose host behind it is: named, and the next up heals", async () => {
    await gate.sh("systemctl stop ssh.socket ssh 2>/dev/null; ! systemctl -q is-active ssh");
    const down = await verify({ web: { ssh: through() } });
    expect(down.ok).toBe(false);
    expect(down.of("web")).toMatch(
      new RegExp(`proxy: after 10 failed attempts: dial tcp ${gate.address}:22: connect: connection refused`),
    );
    await gate.sh("systemctl start ssh");
    await web.sh("systemctl stop ssh.socket ssh 2>/dev/null; ! systemctl -q is-active ssh");
    const behind = await verify({ web: { ssh: through() } });
    expect(behind.ok).toBe(false);
    expect(behind.of("web")).toMatch(/proxy: after 10 failed attempts: .*(?:refused|rejected)/i);
    expect(behind.of("web")).not.toContain(`dial tcp ${gate.address}`);
    await web.sh("systemctl start ssh");
    expect(await verify({ web: { ssh: through() } })).toMatchObject({ ok: true, errors: "" });
  });

  it("with MaxStartups as it comes turns away those that are too many: they try again, and all 20 get through", async () => {
    expect(await gate.sh(maxStartups)).toBe("maxstartups 10:30:100");
    expect(await web.sh(maxStartups)).toBe("maxstartups 10:30:100");
    // So many idle ones that it turns away every second, and more with each that is let in.
    const crowd = await FaultCrowd.enter(gate.address, 22, 40);
    const turnedAway = () =>
      gate.sh("journalctl -b -q -t sshd -o cat | grep -c '^drop connection' || :").then(Number);
    const before = await turnedAway();
    const names = Array.from({ length: 20 }, (_, i) => `host-${i}`);
    const run = await verify(
      Object.fromEntries(names.map((name) => [name, { ssh: { ...through(), dialErrorLimit: 40 } }])),
    );
    expect(await turnedAway()).toBeGreaterThan(before);
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(Object.values(await lab.all.outputs())).toEqual(names.map(() => "as-declared"));
    crowd.leave();
  });
});

describe("a shell that floods 10 MB before everything else", () => {
  it("hides no finding, and no report", async () => {
    // Its 10 MB become part of the state, which is written for every resource that goes.
    expect((await lab.destroy()).ok).toBe(true);
    await web.write("/home/admin/.bashrc", "head -c 10000000 /dev/zero | tr '\\0' A; echo\n");
    await web.sh("sysctl -q -w net.core.somaxconn=1024");

    const wrong = await verify({ flooded: {} });

    expect(wrong.ok).toBe(false);
    expect(wrong.of("flooded")).toContain(
      "FINDING on flooded: net.core.somaxconn (live)\n  wanted: 8192\n  got:    1024",
    );
    await web.sh(`sysctl -q -p ${OURS}`);
    expect(await verify({ flooded: {} })).toMatchObject({ ok: true, errors: "" });
    expect(await lab.all.outputs()).toEqual({ flooded: "as-declared" });
    await web.sh("rm /home/admin/.bashrc");
  });
});
