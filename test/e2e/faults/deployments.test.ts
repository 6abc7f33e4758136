import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TunedHost, type TunedHostArgs } from "../../../components";
import { ensureEngine } from "../../../lab/engine/engine";
import { LabError } from "../../../lab/errors";
import { createProgress } from "../../../lab/progress";
import { openStack, type LabStack } from "../../../lab/stack";
import { expectNothingPlanted, FaultLab, OURS, type FaultHost } from "../support/fault-lab";
import { NGINX_SITE, nginxListening } from "../support/fault-services";
import type { Program } from "../support/existing-host";

// One host that is tuned by the real engine. Before each test it is as nobody has tuned it.

let lab: FaultLab;
let web: FaultHost;
let count = 0;

beforeAll(async () => {
  lab = await FaultLab.open();
  web = await lab.host("web", {
    files: { [NGINX_SITE]: nginxListening("80 backlog=8192") },
    commands: ["systemctl start nginx redis-server"],
  });
  await web.remember();
});
afterAll(() => lab.close());
beforeEach(() => web.restore());

const nginx = { name: "nginx", backlog: 8192, relisten: "restart" };

/** A tuned host under a name that no test before had: what was there before is not dialled when it goes. */
function tuned(args: Partial<TunedHostArgs> = {}): Program {
  const name = `web-${count}`;
  return () => {
    const host = new TunedHost(name, { services: [nginx], host: web.address, ssh: web.ssh, ...args });
    return { steps: host.steps, verdict: host.verdict, effective: host.effective };
  };
}
beforeEach(() => count++);

const effective = () => web.sh("ss -Hltn 'sport = :80' | awk '{print $3}'");
const startedNginx = () => web.sh("systemctl show -p ExecMainStartTimestampMonotonic --value nginx");

describe("a declaration that cannot be", () => {
  it("of somaxconn 0, which the kernel would take, is refused before anything is dialled", async () => {
    const before = await web.host.connections();
    const run = await lab.up(tuned({ settings: { somaxconn: 0 } }));
    expect(run.ok).toBe(false);
    expect(run.errors).toMatch(/settings\.somaxconn: given 0; allowed: .*1 to 2147483647/);
    expect(await web.host.connections()).toBe(before);
  });

  it("of a key that its passphrase does not open is refused, and neither is shown", async () => {
    const run = await lab.up(tuned({ ssh: { ...web.ssh, privateKeyPassword: "planted-wrong-passphrase" } }));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("cannot be decrypted with privateKeyPassword");
    expect(run.text + lab.all.stateFiles()).not.toContain("planted-wrong-passphrase");
    expect(await web.sysctlFiles()).not.toContain(path.basename(OURS));
  });
});

describe("a disk that is full", () => {
  it("fails the deployment with the reason and nothing changed, and the same `up` heals once there is room", async () => {
    await web.sh(
      "mount -t tmpfs -o size=4k,mode=755 tmpfs /etc/sysctl.d; head -c 4096 /dev/zero >/etc/sysctl.d/full",
    );
    const run = await lab.up(tuned());
    expect(run.ok).toBe(false);
    expect(run.errors).toMatch(
      new RegExp(`could not apply on web-\\d+: ${OURS} could not be written: .*[Nn]o space left on device`),
    );
    expect(await web.sysctlFiles()).toEqual(["full"]);
    expect(await web.sh("cat /proc/sys/net/core/somaxconn")).toBe("4096");

    await web.sh("umount /etc/sysctl.d");
    expect(await lab.up(tuned())).toMatchObject({ ok: true, errors: "" });
    expect(await lab.all.outputs()).toMatchObject({ verdict: "as-declared", effective: { nginx: 8192 } });
    await web.expectWholeFile();
  });
});

describe("kill -9 of the engine and its provider", () => {
  it("between writing and verifying: the host is whole, and the next up only verifies", async () => {
    // What does not listen yet is waited for: time enough to be killed in.
    await web.sh("systemctl stop redis-server");
    const services = [nginx, { name: "redis", backlog: 511 }];
    await kill(tuned({ services }), "pgrep -f -- '--service[ ]redis'");
    await web.expectNoDraft();
    await web.expectWholeFile();
    expect(await effective()).toBe("8192");
    const started = await startedNginx();

    await web.sh("systemctl start redis-server");
    const stack = await open(tuned({ services }));
    expect(stack.interrupted).toMatchObject([
      { operation: "creating", urn: expect.stringMatching(/::web-\d+-verify$/) as unknown },
    ]);
    expectNothingPlanted(lab.all.stateFiles(), lab.planted);
    const healed = await lab.up(tuned({ services }));
    expect(healed).toMatchObject({ ok: true, errors: "", changes: { create: 1 } });
    expect(await lab.all.outputs()).toMatchObject({
      verdict: "as-declared",
      effective: { nginx: 8192, redis: 511 },
    });
    expect(await startedNginx()).toBe(started);
  });

  it("while a service is restarted: the host finishes what has begun, and the next up finds nothing to do", async () => {
    const gate = "/run/gate";
    await web.write(
      "/etc/systemd/system/nginx.service.d/gate.conf",
      `[Service]\nExecStartPre=/bin/sh -c 'until [ -e ${gate} ]; do sleep 0.1; done'\n`,
    );
    await web.sh("systemctl daemon-reload");
    await kill(tuned(), "systemctl is-active nginx | grep -q activating");
    await web.expectNoDraft();
    await web.expectWholeFile();
    expect(await web.sh("cat /proc/sys/net/core/somaxconn")).toBe("8192");

    await web.sh(`touch ${gate}; while pgrep -f -- '--relisten[ ]nginx' >/dev/null; do sleep 0.1; done`);
    expect(await effective()).toBe("8192");
    const started = await startedNginx();
    const stack = await open(tuned());
    expect(stack.interrupted).toMatchObject([
      { operation: "creating", urn: expect.stringMatching(/::web-\d+-apply$/) as unknown },
    ]);
    expect(await lab.up(tuned())).toMatchObject({ ok: true, errors: "" });
    expect(await lab.all.outputs()).toEqual({
      steps: [],
      verdict: "as-declared",
      effective: { nginx: 8192 },
    });
    expect(await startedNginx()).toBe(started);
    await web.sh(`rm ${gate}`);
  });
});

describe("a host that is gone for good", () => {
  it("does not keep its stack from going, whether its values were to be put back or not", async () => {
    const gone = await lab.host("gone", {
      files: { [NGINX_SITE]: nginxListening("80 backlog=8192") },
      commands: ["systemctl start nginx"],
    });
    const { ssh, address: host } = gone;
    const up = await lab.up(() => {
      const left = new TunedHost("left", { services: [nginx], host, ssh });
      new TunedHost(
        "restored",
        {
          services: [{ name: "nginx", backlog: 8192 }],
          host,
          ssh,
          sysctlFileName: "99-zz-more.conf",
          restoreOnDestroy: true,
        },
        { dependsOn: [left] },
      );
      return {};
    });
    expect(up).toMatchObject({ ok: true, errors: "" });
    gone.close();
    await lab.all.hosts.destroy(gone.host.instanceId);

    const destroyed = await lab.destroy();
    expect(destroyed).toMatchObject({ ok: true, errors: "" });
    expect(destroyed.text).toContain(`listen-backlog: nothing was restored on ${host}: it cannot be reached`);
    expect(new Set(destroyed.text.match(/listen-backlog: .*/g)).size).toBe(1);
    expect(await lab.all.outputs()).toEqual({});
  });
});

/** The stack of this lab as a new process would open it; its engine starts its own providers, which can be killed with it. */
async function open(program: Program): Promise<LabStack> {
  return openStack(lab.all.lab, await ensureEngine(lab.all.lab, createProgress(process.stderr)), {
    program: () => Promise.resolve(program()),
    project: "name: existing-servers\nruntime: nodejs\n",
    config: "config: {}\n",
  });
}

/** Runs `up`, and kills its engine and providers once this command succeeds on the host. */
async function kill(program: Program, moment: string): Promise<void> {
  const stack = await open(program);
  let text = "";
  const up = stack.up({ onOutput: (chunk) => (text += chunk) }).then(
    (outcome) => outcome,
    (error: unknown) => error,
  );
  await web.sh(`until ${moment}; do sleep 0.05; done`);
  for (const pid of engineProcesses()) {
    process.kill(pid, "SIGKILL");
  }
  const ended = await up;
  expect(ended, JSON.stringify(ended)).toBeInstanceOf(LabError);
  expect(String(ended)).toContain("was killed in the middle of `up` (signal 9)");
  expectNothingPlanted(text + String(ended) + lab.all.stateFiles(), lab.planted);
  while (engineProcesses().length > 0) {
    await sleep(20);
  }
}

/** The processes of engines at work on this lab: the engine first, and what it started after it. */
function engineProcesses(): number[] {
  const state = `PULUMI_BACKEND_URL=file://${path.join(lab.all.lab.dir, "pulumi", "state")}`;
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(state);
      } catch (error) {
        return !(error instanceof Error); // gone since it was listed
      }
    });
}
