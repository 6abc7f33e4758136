import * as aws from "@pulumi/aws";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { composeUserData } from "../../cloudinit";
import { TunedServer, type TunedServerArgs } from "../../components";
import { probeScript } from "../../probe";
import { BASTION_KEY, PRIVATE_KEY } from "./support/host-args";
import { reportOf, startEngine, TYPES, valueOf, type Engine } from "./support/engine";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

const MINIMAL: TunedServerArgs = {
  services: [{ name: "nginx", backlog: 4096 }],
  ami: "ami-1",
  instanceType: "t3.small",
  ssh: {},
};
const NO_USER_DATA = "e3b0c44298fc1c14";

async function make(
  args: Partial<TunedServerArgs> = {},
  opts?: pulumi.ComponentResourceOptions,
  name = "web",
) {
  const server = new TunedServer(name, { ...MINIMAL, ...args }, opts);
  await valueOf(server.report);
  await engine.settled();
  return server;
}

/** The host key that the program made. */
function stashed(name = "web-host-key") {
  const { input } = engine.get(TYPES.stash, name).inputs;
  return input as { privateKey: string; publicKey: string };
}

describe("a TunedServer", () => {
  it("registers itself, a host key, an instance and a verification, and nothing else", async () => {
    await make();
    const parent = "listen-backlog:index:TunedServer web";
    expect(engine.resources.map(({ type, name, parent: of, custom }) => [type, name, of, custom])).toEqual([
      [TYPES.server, "web", undefined, false],
      [TYPES.stash, "web-host-key", parent, true],
      [TYPES.instance, "web", parent, true],
      [TYPES.command, "web-verify", parent, true],
    ]);
  });

  it("shows policies a plain, small copy of what is declared and of what the user data does, and no user data", async () => {
    await make({
      services: [
        { name: "front", software: "nginx", relisten: "restart" },
        { name: "api", port: 8000, backlog: 5000, address: "::1" },
      ],
      settings: { tcpSyncookies: 1, extra: { "net.ipv4.tcp_rmem": "4096 87380 6291456" } },
      userData: "#!/bin/sh\nexport TOKEN=hunter2\nsysctl -w net.core.somaxconn=128\n",
      ssh: { privateKey: pulumi.secret(PRIVATE_KEY) },
    });
    const { inputs, visible } = engine.get(TYPES.server, "web");
    const held = { "net.core.somaxconn": "5000", "net.ipv4.tcp_syncookies": "1" };
    expect(inputs).toMatchObject({
      services: [
        {
          name: "front",
          software: "nginx",
          port: 80,
          backlog: 511,
          unit: "nginx.service",
          relisten: "restart",
        },
        { name: "api", port: 8000, backlog: 5000, relisten: "none" },
      ],
      settings: { somaxconn: 5000 },
      sysctl: {
        "net.core.somaxconn": "5000",
        "net.ipv4.tcp_syncookies": "1",
        "net.ipv4.tcp_rmem": "4096 87380 6291456",
      },
      userData: { live: held, persisted: held, backlogs: [] },
    });
    expect(Object.keys(inputs).sort()).toEqual(["services", "settings", "sysctl", "userData"]);
    expect(visible).toEqual(inputs);
    expect(JSON.stringify(inputs)).not.toMatch(/hunter2|PRIVATE KEY|#!/);
  });

  it("shows nothing of user data that is a secret, or of which nobody knows yet whether it is one", async () => {
    const own = "#!/bin/sh\nsysctl -w net.core.somaxconn=4096\n";
    for (const [name, userData] of [
      ["secret", pulumi.secret(own)],
      ["output", pulumi.output(own)],
    ] as const) {
      await make({ userData }, undefined, name);
      expect(engine.get(TYPES.server, name).inputs).not.toHaveProperty("userData");
    }
  });

  it("keeps a host key in the state as a secret, made once", async () => {
    await make();
    const stash = engine.get(TYPES.stash, "web-host-key");
    expect(stash.visible).toEqual({ input: "[secret]" });
    expect(stash.ignoreChanges).toEqual(["input"]);
    expect(stash.secretOutputs).toEqual(["output", "input"]);
    expect(stashed().publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68}$/);
  });

  it("makes an instance of nothing but what is given, with a safe metadata service", async () => {
    await make();
    expect(engine.get(TYPES.instance, "web").inputs).toEqual({
      ami: "ami-1",
      instanceType: "t3.small",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      userData: composeUserData(undefined, {
        settings: [{ key: "net.core.somaxconn", value: "4096" }],
        relisten: [],
        hostKey: stashed(),
      }),
      userDataReplaceOnChange: true,
      tags: { Name: "web" },
    });
    expect(engine.get(TYPES.instance, "web").visible.userData).toBe("[secret]");
  });

  it("gives the instance everything that is given", async () => {
    const own = "#cloud-config\nruncmd: [[touch, /x]]\n";
    await make({
      services: [{ name: "nginx", backlog: 4096, relisten: "restart" }],
      keyName: "key",
      subnetId: pulumi.output("subnet-1"),
      vpcSecurityGroupIds: ["sg-1", pulumi.output("sg-2")],
      associatePublicIpAddress: false,
      iamInstanceProfile: "profile",
      userData: pulumi.output(own),
      userDataReplaceOnChange: false,
      tags: { Name: "other", team: "platform" },
    });
    expect(engine.get(TYPES.instance, "web").inputs).toEqual({
      ami: "ami-1",
      instanceType: "t3.small",
      keyName: "key",
      subnetId: "subnet-1",
      vpcSecurityGroupIds: ["sg-1", "sg-2"],
      associatePublicIpAddress: false,
      iamInstanceProfile: "profile",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      userData: composeUserData(own, {
        settings: [{ key: "net.core.somaxconn", value: "4096" }],
        relisten: [{ unit: "nginx.service", how: "restart" }],
        hostKey: stashed(),
      }),
      userDataReplaceOnChange: false,
      tags: { Name: "other", team: "platform" },
    });
  });

  it("verifies with one command that never deletes, sets no environment and pins the host key", async () => {
    await make();
    const verify = engine.get(TYPES.command, "web-verify");
    expect(verify.inputs).toEqual({
      connection: {
        host: "web.public",
        hostKey: stashed().publicKey,
        user: "admin",
        port: 22,
        dialErrorLimit: 40,
        perDialTimeout: 15,
      },
      create:
        "sh -s -- --host web --mode exact --wait 300 --settle 30 --setting net.core.somaxconn 4096 " +
        "--service nginx 80 4096 511 - nginx.service 'write \"listen 80 backlog=4096;\" in its configuration'",
      stdin: probeScript(),
      triggers: ["web-id", "t3.small", NO_USER_DATA],
      addPreviousOutputInEnv: false,
      logging: "none",
    });
    expect(verify.timeouts).toEqual({ create: "900s", update: "900s", delete: "" });
  });

  it("verifies again when the user's own user data changes", async () => {
    const triggerOf = async (userData: string) => {
      engine.resources.length = 0;
      await make({ userData });
      return engine.get(TYPES.command, "web-verify").inputs.triggers;
    };
    const [first, again, other] = [
      await triggerOf("#!/bin/sh\n1"),
      await triggerOf("#!/bin/sh\n1"),
      await triggerOf("#!/bin/sh\n2"),
    ];
    expect(first).toEqual(["web-id", "t3.small", expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("waits for cloud-init as long as it is told, and lets the command take that long", async () => {
    await make({ ssh: { cloudInitTimeoutSeconds: 7 } });
    const verify = engine.get(TYPES.command, "web-verify");
    expect(verify.inputs.create).toContain(" --wait 7 ");
    expect(verify.timeouts).toMatchObject({ create: "607s", update: "607s" });
  });

  it("dials the private address where it is told to", async () => {
    const server = await make({ ssh: { usePrivateAddress: true } });
    expect(engine.get(TYPES.command, "web-verify").inputs.connection).toMatchObject({ host: "web.private" });
    expect(await valueOf(server.address)).toBe("web.private");
  });

  it("has outputs for what users go on with, none of them secret", async () => {
    const server = await make({ ssh: { privateKey: PRIVATE_KEY } });
    const { instanceId, publicIp, privateIp, address, hostKey, report } = server;
    const outputs = { instanceId, publicIp, privateIp, address, hostKey };
    expect(await valueOf(pulumi.all(outputs))).toEqual({
      instanceId: "web-id",
      publicIp: "web.public",
      privateIp: "web.private",
      address: "web.public",
      hostKey: stashed().publicKey,
    });
    expect(JSON.parse(await valueOf(report))).toEqual(reportOf("web"));
    for (const output of [...Object.values(outputs), report]) {
      expect(await pulumi.isSecret(output)).toBe(false);
    }
  });

  it.each([
    ["plain", PRIVATE_KEY],
    ["a secret", pulumi.secret(PRIVATE_KEY)],
  ])("lets private keys be seen nowhere but in secrets: %s", async (_, privateKey) => {
    await make({ ssh: { privateKey, bastion: { host: "bastion", hostKey: BASTION_KEY, privateKey } } });
    expect(engine.resources).toHaveLength(4);
    const hostPrivateKey = stashed().privateKey.split("\n")[3] ?? "";
    expect(hostPrivateKey).toMatch(/^[A-Za-z0-9+/=]{20,}$/);
    // It is there to be seen, and only in secrets.
    const everything = JSON.stringify(engine.resources.map(({ inputs }) => inputs));
    const visible = JSON.stringify(engine.resources.map((resource) => resource.visible));
    for (const key of [PRIVATE_KEY.split("\n")[3] ?? "none", hostPrivateKey]) {
      expect(everything).toContain(key);
      expect(visible).not.toContain(key);
    }
  });

  it("gives each server its own host key", async () => {
    await make({}, undefined, "a");
    await make({}, undefined, "b");
    expect(stashed("a-host-key")).not.toEqual(stashed("b-host-key"));
  });

  it("can be a child, and passes providers and protection of its parent on", async () => {
    const region = new aws.Provider("elsewhere", { region: "eu-west-3" });
    const other = new command.Provider("other", {});
    await make({}, { providers: [region, other] });
    expect(engine.get(TYPES.instance, "web").provider).toContain("::pulumi:providers:aws::elsewhere::");
    expect(engine.get(TYPES.command, "web-verify").provider).toContain("::pulumi:providers:command::other::");
  });

  it("is known by its type, as typed policies need", () => {
    expect(TunedServer.__pulumiType).toBe("listen-backlog:index:TunedServer");
  });

  it("warns of a declaration that is not sound, and goes on: the policy and the verification refuse", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const server = await make({ settings: { somaxconn: 1024 } });
    expect(warn.mock.calls).toEqual([
      [
        "somaxconn-covers-backlog: nginx: wanted net.core.somaxconn >= 4096, got 1024. " +
          "Cause: listen() silently cuts the declared backlog 4096 of nginx to 1024. Fix: set settings.somaxconn: 4096",
        server,
      ],
    ]);
    expect(engine.resources).toHaveLength(4);
  });

  it("warns of nothing where the declaration is sound", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    await make();
    expect(warn).not.toHaveBeenCalled();
  });
});
