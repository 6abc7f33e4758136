import * as command from "@pulumi/command";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacklogVerification, TunedHost, type TunedHostArgs } from "../../components";
import { generateHostKey } from "../../components/host-key";
import { ExistingHosts, nginxSite, type ExistingHost, type Program } from "./support/existing-host";

// One host for the file; each test starts from how the one before left it, because boots are what takes time.

const OURS = "99-zz-listen-backlog.conf";
let all: ExistingHosts;
let web: ExistingHost;

beforeAll(async () => {
  all = await ExistingHosts.open();
  web = await all.host("web", {
    files: nginxSite(8192),
    commands: ["sysctl -q -w net.core.somaxconn=1024", "systemctl start nginx redis-server"],
  });
});
afterAll(() => all.close());

const services = [
  { name: "nginx", backlog: 8192, relisten: "restart" },
  { name: "redis", backlog: 511, relisten: "restart" },
];

function tuned(args: Partial<TunedHostArgs> = {}): Program {
  return () => {
    const host = new TunedHost("web", { services, host: web.address, ssh: web.ssh, ...args });
    return { steps: host.steps, verdict: host.verdict, effective: host.effective, findings: host.findings };
  };
}

function verified(args: { onFailure?: string } = {}): Program {
  return () => {
    const verification = new BacklogVerification("web", {
      services,
      host: web.address,
      ssh: web.ssh,
      ...args,
    });
    const { verdict, findings, effective } = verification;
    return { verdict, findings, effective };
  };
}

/** What was done on the host by the last run that did anything. */
const steps = async () => (await all.outputs())["steps"];

describe("a host that exists", () => {
  it("is found wanting by a verification, with the line to type, and nothing on it is changed", async () => {
    const before = await web.connections();
    const run = await all.up(verified());
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("FINDING on web: net.core.somaxconn (live)\n  wanted: 8192\n  got:    1024");
    expect(run.errors).toContain("FINDING on web: nginx on 0.0.0.0:80\n  wanted: 8192\n  got:    1024");
    expect(run.errors).not.toContain("FINDING on web: redis");
    expect(await web.somaxconn()).toBe("1024");
    expect(await web.connections()).toBe(before + 1);
  });

  it("keeps what depends on its verification from being made", async () => {
    const run = await all.up(() => {
      const verification = new BacklogVerification("web", { services, host: web.address, ssh: web.ssh });
      new command.local.Command("after", { create: "true" }, { dependsOn: [verification] });
      return {};
    });
    expect(run.ok).toBe(false);
    expect(run.changes).not.toHaveProperty("create");
    expect(await resources()).not.toContain("command:local:Command after");
  });

  it("is only warned of where that is asked for, and the deployment goes on", async () => {
    const run = await all.up(verified({ onFailure: "warn" }));
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(run.warnings).toContain("effective-backlog: nginx on 0.0.0.0:80: wanted 8192, got 1024.");
    expect(await all.outputs()).toMatchObject({
      verdict: "not-as-declared",
      effective: { nginx: 1024, redis: 511 },
      findings: expect.arrayContaining([
        expect.objectContaining({ subject: "nginx on 0.0.0.0:80", wanted: "8192", got: "1024" }),
      ]) as unknown,
    });
    // The warning is there for as long as the host is so, without another look.
    const again = await all.up(verified({ onFailure: "warn" }));
    expect(again.changes).toEqual({ same: 3 });
    expect(again.warnings).toContain("nginx on 0.0.0.0:80: wanted 8192, got 1024.");
  });

  it("is tuned: file, live value, and the one service that needs it listens again", async () => {
    const redis = await web.started("redis-server.service");
    const run = await all.up(tuned());
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toEqual({
      verdict: "as-declared",
      // What no preview can know, and the host shows.
      findings: [
        expect.objectContaining({
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "nginx",
          wanted: "8193 open files or more",
          got: "1024",
        }),
      ],
      effective: { nginx: 8192, redis: 511 },
      steps: [
        `wrote /etc/sysctl.d/${OURS}`,
        "set net.core.somaxconn from 1024 to 8192",
        "restart of nginx.service: nginx on port 80 had 1024, has 8192",
      ],
    });
    expect(await web.file()).toBe(
      "# Written by listen-backlog: change the declaration, not this file.\n# owner: none\n" +
        "# before: net.core.somaxconn = 1024\nnet.core.somaxconn = 8192\n",
    );
    expect(await web.sh(`stat -c '%U %G %a' /etc/sysctl.d/${OURS}`)).toBe("root root 644");
    expect(await web.sysctlFiles()).toEqual([OURS]);
    expect(await web.started("redis-server.service")).toBe(redis);
  });

  it("is left alone by the next up: nothing is dialled, nothing restarts", async () => {
    const before = await web.connections();
    const nginx = await web.started("nginx.service");
    const run = await all.up(tuned());
    expect(run.changes).toEqual({ same: 4 });
    expect(await web.started("nginx.service")).toBe(nginx);
    expect(await web.connections()).toBe(before);
  });

  it("has nothing to do where it is told to tune at every update", async () => {
    const nginx = await web.started("nginx.service");
    const inode = await web.sh(`stat -c %i /etc/sysctl.d/${OURS}`);
    const run = await all.up(tuned({ apply: "everyUpdate" }));
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(await steps()).toEqual([]);
    expect(await web.started("nginx.service")).toBe(nginx);
    expect(await web.sh(`stat -c %i /etc/sysctl.d/${OURS}`)).toBe(inode);
    expect((await all.preview()).changes).toMatchObject({ replace: 2 });
  });

  it("is updated, not replaced, where the declaration changes, and is never lowered", async () => {
    await all.up(tuned());
    const higher = [{ name: "nginx", backlog: 8192, relisten: "restart" }];
    const run = await all.up(tuned({ services: higher, settings: { somaxconn: 16384, tcpSyncookies: 1 } }));
    expect(run.ok).toBe(true);
    expect(run.changes["update"]).toBeGreaterThanOrEqual(1);
    expect(await steps()).toEqual([
      `wrote /etc/sysctl.d/${OURS}`,
      "set net.core.somaxconn from 8192 to 16384",
    ]);
    expect((await all.up(tuned())).ok).toBe(true);
    expect(await web.somaxconn()).toBe("16384");
    expect(await web.file()).toContain(
      "# before: net.core.somaxconn = 1024\n# before: net.ipv4.tcp_syncookies = 1\nnet.core.somaxconn = 16384\n",
    );
    expect((await all.up(tuned({ mode: "exact" }))).ok).toBe(true);
    expect(await web.somaxconn()).toBe("8192");
  });
});

describe("drift", () => {
  beforeAll(async () => {
    expect(await all.up(tuned({ verify: "everyUpdate" }))).toMatchObject({ ok: true, errors: "" });
  });

  /** Changes something behind Pulumi's back; verification must find it, and repair must put it right where that is asked for. */
  async function drifted(change: string, finding: string, repaired: string[]): Promise<void> {
    await web.sh(change);
    const found = await all.up(tuned({ verify: "everyUpdate" }));
    expect(found.ok).toBe(false);
    expect(found.errors).toContain(`FINDING on web: ${finding}`);
    expect(found.errors).toContain(
      'to repair what drifted: give this TunedHost apply: "everyUpdate", and run pulumi up',
    );
    const repair = await all.up(tuned({ verify: "everyUpdate", apply: "everyUpdate" }));
    expect(repair).toMatchObject({ ok: true, errors: "" });
    expect(await steps()).toEqual(repaired);
    expect(await all.up(tuned({ verify: "everyUpdate" }))).toMatchObject({ ok: true, errors: "" });
  }

  it("is not looked for where nothing changed, unless that is asked for", async () => {
    expect((await all.up(tuned())).ok).toBe(true);
    await web.sh("sysctl -q -w net.core.somaxconn=512");
    expect(await all.up(tuned())).toMatchObject({ ok: true, changes: { same: 4 } });
    expect((await all.up(tuned({ verify: "everyUpdate" }))).errors).toContain("got:    512");
    await web.sh("sysctl -q -w net.core.somaxconn=8192");
    expect((await all.up(tuned({ verify: "everyUpdate" }))).ok).toBe(true);
  });

  it("of the live value is found, and repaired", () =>
    drifted(
      "sysctl -q -w net.core.somaxconn=512",
      "net.core.somaxconn (live)\n  wanted: 8192\n  got:    512\n  cause:  It was changed by hand",
      ["set net.core.somaxconn from 512 to 8192"],
    ));

  it("of a deleted file is found, and repaired", () =>
    drifted(`rm /etc/sysctl.d/${OURS}`, "net.core.somaxconn (next boot)\n  wanted: 8192\n  got:    nothing", [
      `wrote /etc/sysctl.d/${OURS}`,
    ]));

  it("of an edited file is found, and repaired", () =>
    drifted(
      `sed -i s/8192/100/ /etc/sysctl.d/${OURS}`,
      "net.core.somaxconn (next boot)\n  wanted: 8192\n  got:    100",
      [`wrote /etc/sysctl.d/${OURS}`],
    ));

  it("of a service that listens with another backlog is found, and repaired as far as listening again can", () =>
    drifted(
      "sysctl -q -w net.core.somaxconn=600; systemctl restart nginx; sysctl -q -w net.core.somaxconn=8192",
      "nginx on 0.0.0.0:80\n  wanted: 8192\n  got:    600",
      ["restart of nginx.service: nginx on port 80 had 600, has 8192"],
    ));

  it("of a later file that wins is found, and not repaired over somebody else's head", async () => {
    await web.sh("echo net.core.somaxconn=777 >/etc/sysctl.d/99-zzz.conf");
    const found = await all.up(tuned({ verify: "everyUpdate", apply: "everyUpdate" }));
    expect(found.errors).toContain(
      "FINDING on web: net.core.somaxconn (next boot)\n  wanted: 8192\n  got:    777\n  cause:  /etc/sysctl.d/99-zzz.conf line 1",
    );
    await web.sh("rm /etc/sysctl.d/99-zzz.conf");
    expect((await all.up(tuned({ verify: "everyUpdate" }))).ok).toBe(true);
  });

  it("of a service that was stopped is found, and it is not started over somebody else's head", async () => {
    await web.sh("systemctl stop nginx");
    const found = await all.up(tuned({ verify: "everyUpdate", apply: "everyUpdate" }));
    expect(found.ok).toBe(false);
    expect(found.errors).toContain(
      "FINDING on web: nginx on port 80\n  wanted: 8192\n  got:    no listening socket",
    );
    expect(await web.run("systemctl is-active nginx")).toMatchObject({ stdout: "inactive\n" });
    await web.sh("systemctl start nginx");
    expect((await all.up(tuned({ verify: "everyUpdate" }))).ok).toBe(true);
  });

  it("of the host itself is refused: another one answers", async () => {
    const ssh = { ...web.ssh, hostKey: generateHostKey().publicKey, dialErrorLimit: 1 };
    const before = await web.connections();
    const refused = await all.up(tuned({ ssh, verify: "everyUpdate", apply: "everyUpdate" }));
    expect(refused.ok).toBe(false);
    expect(refused.errors).toContain("ssh: host key mismatch");
    expect(await web.connections()).toBe(before + 2);
    expect(await web.sh("journalctl -b -q -t sshd -o cat | tail -n 5")).not.toMatch(
      /Starting session.*sh -s/,
    );
    expect((await all.up(tuned({ verify: "everyUpdate" }))).ok).toBe(true);
  });
});

describe("a service that does not come back", () => {
  it("ends it with the reason, and those after it are not touched; the next up heals", async () => {
    const two = [
      { name: "nginx", backlog: 9000, relisten: "restart" },
      { name: "redis", backlog: 9000, relisten: "restart" },
    ];
    const redis = await web.started("redis-server.service");
    await web.sh("cp /etc/nginx/nginx.conf /root/; echo nonsense >>/etc/nginx/nginx.conf");
    const failed = await all.up(tuned({ services: two }));
    expect(failed.ok).toBe(false);
    expect(failed.errors).toContain(
      "could not apply on web: nginx did not come back after restart of nginx.service: systemctl restart nginx.service failed",
    );
    expect(await web.started("redis-server.service")).toBe(redis);
    expect(await web.somaxconn()).toBe("9000");

    await web.sh(
      "cp /root/nginx.conf /etc/nginx/; sed -i s/backlog=8192/backlog=9000/ /etc/nginx/sites-available/default",
    );
    await web.sh("sed -i 's/^tcp-backlog .*/tcp-backlog 9000/' /etc/redis/redis.conf");
    const healed = await all.up(tuned({ services: two }));
    expect(healed).toMatchObject({ ok: true, errors: "" });
    expect(await steps()).toEqual([
      "restart of nginx.service: nginx on port 80 had no socket, has 9000",
      "restart of redis-server.service: redis on port 6379 had 511 511, has 9000 9000",
    ]);
  });
});

describe("a socket unit", () => {
  it("listens again, though its service runs, which systemd refuses by itself", async () => {
    await web.sh(
      "printf '[Socket]\\nListenStream=9000\\nBacklog=12000\\n' >/etc/systemd/system/echo.socket; " +
        "printf '[Service]\\nExecStart=/bin/sleep 1000000\\n' >/etc/systemd/system/echo.service; " +
        "systemctl daemon-reload; systemctl start echo.socket echo.service",
    );
    const before = await web.effective(9000);
    expect(before).not.toEqual([12000]);
    const started = await web.started("echo.service");
    const echo = [{ name: "echo", port: 9000, backlog: 12000, unit: "echo.socket", relisten: "restart" }];
    expect(await all.up(tuned({ services: echo }))).toMatchObject({ ok: true, errors: "" });
    expect(await steps()).toContain(
      `restart of echo.socket: echo on port 9000 had ${String(before[0])}, has 12000`,
    );
    expect(await web.effective(9000)).toEqual([12000]);
    expect(await web.started("echo.service")).not.toBe(started);
  });
});

describe("at the end", () => {
  it("nothing is dialled by a destroy, and the host stays tuned", async () => {
    const before = await web.connections();
    expect(await all.destroy()).toMatchObject({ ok: true });
    expect(await web.connections()).toBe(before);
    expect(await web.somaxconn()).toBe("12000");
    expect(await web.sysctlFiles()).toEqual([OURS]);
  });
});

/** Type and name of every resource that the state knows. */
async function resources(): Promise<string[]> {
  const state: unknown = (await all.stack.exportState()).deployment;
  const { resources: known = [] } = state as { resources?: { urn: string }[] };
  return known.map(({ urn }) => urn.split("::").slice(2).join(" "));
}
