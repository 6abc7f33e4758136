import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyScript, restoreScript } from "../../apply";
import { TunedHost, type TunedHostArgs } from "../../components";
import { probeScript } from "../../probe";
import { startEngine, TYPES, valueOf, type Engine } from "./support/engine";
import { BASTION_KEY, HOST_KEY, PRIVATE_KEY } from "./support/host-args";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});

const MINIMAL: TunedHostArgs = {
  services: [
    { name: "nginx", backlog: 4096, relisten: "restart" },
    { name: "redis", backlog: 4096 },
  ],
  host: "10.0.0.5",
  ssh: { user: "admin", privateKey: PRIVATE_KEY, hostKey: HOST_KEY },
};
const CONNECTION = {
  host: "10.0.0.5",
  hostKey: HOST_KEY,
  user: "admin",
  port: 22,
  privateKey: PRIVATE_KEY,
  dialErrorLimit: 10,
  perDialTimeout: 15,
};

async function make(args: Partial<TunedHostArgs> = {}) {
  const host = new TunedHost("web", { ...MINIMAL, ...args });
  await valueOf(host.report);
  await engine.settled();
  return host;
}

describe("a TunedHost", () => {
  it("registers itself, what tunes and what looks, with exactly these inputs", async () => {
    await make();
    const parent = `${TYPES.host} web`;
    expect(engine.resources.map(({ type, name, parent: of }) => [type, name, of])).toEqual([
      [TYPES.host, "web", undefined],
      [TYPES.command, "web-apply", parent],
      [TYPES.command, "web-verify", parent],
    ]);
    const apply = engine.get(TYPES.command, "web-apply");
    expect(apply.inputs).toEqual({
      connection: CONNECTION,
      create:
        "sh -s -- --host web --mode at-least --file 99-zz-listen-backlog.conf --wait 300 --settle 30 " +
        "--setting net.core.somaxconn 4096 --relisten nginx 80 4096 - nginx.service restart",
      stdin: applyScript(),
      addPreviousOutputInEnv: false,
      logging: "none",
    });
    expect(apply.timeouts).toEqual({ create: "1080s", update: "1080s", delete: "" });
    const verify = engine.get(TYPES.command, "web-verify");
    expect(verify.inputs).toEqual({
      connection: CONNECTION,
      create: expect.stringMatching(
        /^'sh' '-c' 'sh -s -- "\$@"; s=\$\?; \[ \$s -ne 1 \] \|\| echo "\$0" >&2; exit \$s' 'to repair what drifted: /,
      ) as string,
      stdin: probeScript(),
      triggers: [expect.stringMatching(/^[0-9a-f]{16}$/) as string],
      addPreviousOutputInEnv: false,
      logging: "none",
    });
    expect(verify.dependsOn).toContain(
      `command:remote:Command web-apply`.replace("command:", `${TYPES.host}$command:`),
    );
    expect([apply, verify].map(({ visible }) => visible.connection)).toEqual(["[secret]", "[secret]"]);
  });

  it("has outputs of what was done and what was seen", async () => {
    const host = await make();
    expect(await valueOf(host.steps)).toEqual(["set net.core.somaxconn from 1024 to 4096"]);
    expect(await valueOf(host.verdict)).toBe("as-declared");
    expect(await valueOf(host.effective)).toEqual({ nginx: 4096, redis: 4096 });
    expect(await valueOf(host.verifyCommand)).toMatch(/^sh -s -- --host web --mode at-least /);
  });

  it("passes the mode and the file on, and says nothing of repair where it repairs", async () => {
    await make({ mode: "exact", sysctlFileName: "99-zzz.conf", apply: "everyUpdate", verify: "everyUpdate" });
    const apply = engine.get(TYPES.command, "web-apply").inputs;
    const verify = engine.get(TYPES.command, "web-verify").inputs;
    expect(apply.create).toMatch(/^sh -s -- --host web --mode exact --file 99-zzz\.conf /);
    expect(apply.triggers).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(verify.create).toMatch(/^sh -s -- --host web --mode exact /);
    expect(verify.triggers).toHaveLength(2);
  });

  it("knows how to put the earlier values back before it changes any, where that is asked for", async () => {
    await make({
      restoreOnDestroy: true,
      ssh: {
        ...MINIMAL.ssh,
        privateKeyPassword: "PASS",
        bastion: { host: "bastion", hostKey: BASTION_KEY, privateKey: pulumi.secret(PRIVATE_KEY) },
      },
    });
    const restore = engine.get(TYPES.local, "web-restore");
    const apply = engine.get(TYPES.command, "web-apply");
    expect(apply.dependsOn).toEqual([`${TYPES.host}$${TYPES.local} web-restore`]);
    const [owner] = restore.inputs.triggers as string[];
    expect(owner).toMatch(/^[0-9a-f]{16}$/);
    expect(apply.inputs.create).toContain(` --owner ${owner ?? ""} `);
    const run = 'sh -c "$LISTEN_BACKLOG_RESTORE" listen-backlog';
    expect(restore.inputs).toEqual({
      create: `${run} check`,
      delete:
        `${run} --host '10.0.0.5' --user 'admin' --host-key '${HOST_KEY}' --bastion 'bastion' --bastion-user 'admin' ` +
        `--bastion-host-key '${BASTION_KEY}' --command ` +
        `'sh -s -- --host web --file 99-zz-listen-backlog.conf --owner ${owner ?? ""} --wait 60 --restore'`,
      stdin: applyScript(),
      environment: {
        LISTEN_BACKLOG_RESTORE: restoreScript(),
        LISTEN_BACKLOG_KEY: PRIVATE_KEY,
        LISTEN_BACKLOG_PASSPHRASE: "PASS",
        LISTEN_BACKLOG_BASTION_KEY: PRIVATE_KEY,
        LISTEN_BACKLOG_BASTION_PASSPHRASE: "",
      },
      triggers: [owner],
      addPreviousOutputInEnv: false,
    });
    const { LISTEN_BACKLOG_RESTORE: script, ...secrets } = restore.visible.environment as Record<
      string,
      string
    >;
    expect(script).toBe(restoreScript());
    expect(new Set(Object.values(secrets))).toEqual(new Set(["[secret]"]));
  });

  it("is another owner for another host, key, file or name, and the same one otherwise", async () => {
    const ownerOf = async (args: Partial<TunedHostArgs>) => {
      engine.resources.length = 0;
      await make({ restoreOnDestroy: true, ...args });
      return (engine.get(TYPES.local, "web-restore").inputs.triggers as string[])[0];
    };
    const owners = [
      await ownerOf({}),
      await ownerOf({ host: "10.0.0.6" }),
      await ownerOf({ ssh: { ...MINIMAL.ssh, hostKey: BASTION_KEY } }),
      await ownerOf({ sysctlFileName: "99-zzz.conf" }),
    ];
    expect(new Set(owners).size).toBe(4);
    expect(
      await ownerOf({
        settings: { somaxconn: 9999 },
        ssh: { ...MINIMAL.ssh, hostKey: `${HOST_KEY} comment` },
      }),
    ).toBe(owners[0]);
  });
});
