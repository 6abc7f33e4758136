import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import program from "../../index";
import { reportRows } from "../../probe";
import { splitByPython } from "../cloudinit/support/python";
import { answerTo, startEngine, TYPES, valueOf, type Engine } from "./support/engine";
import { PRIVATE_KEY } from "./support/host-args";

const ROOT = join(__dirname, "../..");
const PROJECT = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as {
  name: string;
  config: Record<string, { type: string; default?: unknown }>;
};
const LAB = parse(readFileSync(join(ROOT, "Pulumi.lab.yaml"), "utf8")) as { config: Record<string, unknown> };
const GIVEN = {
  "listen-backlog:sshPublicKey": "ssh-ed25519 AAAA",
  "listen-backlog:sshPrivateKey": PRIVATE_KEY,
};

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
  engine.calls.length = 0;
});

/** Sets the configuration as the engine does: the defaults of the project file, then what the stack file says. */
function configure(stackConfig: Record<string, unknown>): void {
  const defaults = Object.entries(PROJECT.config)
    .filter(([, { default: value }]) => value !== undefined)
    .map(([key, { default: value }]) => [`${PROJECT.name}:${key}`, value] as const);
  const all = Object.fromEntries([...defaults, ...Object.entries(stackConfig)]);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(all).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    ["listen-backlog:sshPrivateKey"],
  );
}

describe("the stack with the configuration of the lab", () => {
  it("registers exactly these resources, with exactly these inputs", async () => {
    configure({ ...LAB.config, ...GIVEN });
    const outputs = program();
    await valueOf(outputs.report ?? pulumi.output(undefined));
    await engine.settled();

    expect(engine.calls).toEqual([
      {
        token: "aws:ec2/getAmi:getAmi",
        inputs: {
          mostRecent: true,
          owners: ["136693071363"],
          filters: [{ name: "name", values: ["debian-12-amd64-*"] }],
        },
      },
    ]);
    const [web, cache] = ["listen-backlog:index:TunedServer web", "listen-backlog:index:TunedServer cache"];
    expect(engine.resources.map(({ type, name, parent }) => [type, name, parent]).sort()).toEqual(
      [
        ["aws:ec2/keyPair:KeyPair", "verification", undefined],
        ["aws:ec2/securityGroup:SecurityGroup", "servers", undefined],
        [TYPES.server, "web", undefined],
        [TYPES.stash, "web-host-key", web],
        [TYPES.instance, "web", web],
        [TYPES.command, "web-verify", web],
        [TYPES.server, "cache", undefined],
        [TYPES.stash, "cache-host-key", cache],
        [TYPES.instance, "cache", cache],
        [TYPES.command, "cache-verify", cache],
      ].sort(),
    );

    expect(engine.get("aws:ec2/keyPair:KeyPair", "verification").inputs).toEqual({
      publicKey: "ssh-ed25519 AAAA",
    });
    const open = (port: number, from: string, description: string) => ({
      protocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrBlocks: [from],
      description,
    });
    expect(engine.get("aws:ec2/securityGroup:SecurityGroup", "servers").inputs).toEqual({
      description: "SSH for verification, and the declared services",
      ingress: [
        open(22, "10.0.0.0/8", "verification"),
        open(80, "0.0.0.0/0", "a declared service"),
        open(8000, "0.0.0.0/0", "a declared service"),
        open(6379, "0.0.0.0/0", "a declared service"),
      ],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    });

    expect(engine.get(TYPES.server, "web").inputs).toEqual({
      services: [
        {
          name: "nginx",
          software: "nginx",
          port: 80,
          backlog: 4096,
          unit: "nginx.service",
          relisten: "none",
        },
        { name: "api", port: 8000, backlog: 1024, unit: "api.service", relisten: "none" },
      ],
      settings: { somaxconn: 4096 },
      sysctl: { "net.core.somaxconn": "4096" },
      userData: {
        backlogs: [
          { software: "nginx", backlog: 4096, port: 80, where: "/etc/nginx/sites-available/default" },
        ],
        conflicts: [],
        live: { "net.core.somaxconn": "4096" },
        persisted: { "net.core.somaxconn": "4096" },
      },
    });
    expect(engine.get(TYPES.server, "cache").inputs).toEqual({
      services: [
        {
          name: "redis",
          software: "redis",
          port: 6379,
          backlog: 16384,
          unit: "redis-server.service",
          relisten: "none",
        },
      ],
      settings: { somaxconn: 16384 },
      sysctl: { "net.core.somaxconn": "16384" },
      userData: {
        backlogs: [],
        conflicts: [],
        live: { "net.core.somaxconn": "16384" },
        persisted: { "net.core.somaxconn": "16384" },
      },
    });

    for (const name of ["web", "cache"]) {
      const { userData, ...instance } = engine.get(TYPES.instance, name).inputs;
      expect(instance).toEqual({
        ami: "ami-newest",
        instanceType: "t3.small",
        keyName: "verification-key",
        vpcSecurityGroupIds: ["servers-id"],
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        userDataReplaceOnChange: true,
        tags: { Name: name },
      });
      const own = (LAB.config["listen-backlog:servers"] as { name: string; userData: string }[]).find(
        (of) => of.name === name,
      );
      const [parts] = splitByPython([String(userData)]);
      expect(parts).toHaveLength(3);
      expect(parts?.[0]?.content).toBe(own?.userData);
    }

    const creates = ["web", "cache"].map((name) => engine.get(TYPES.command, `${name}-verify`).inputs.create);
    expect(creates).toEqual([
      "sh -s -- --host web --mode exact --wait 300 --settle 30 --setting net.core.somaxconn 4096 " +
        "--service nginx 80 4096 511 - nginx.service 'write \"listen 80 backlog=4096;\" in its configuration' " +
        "--service api 8000 1024 - - api.service -",
      "sh -s -- --host cache --mode exact --wait 300 --settle 30 --setting net.core.somaxconn 16384 " +
        "--service redis 6379 16384 511 - redis-server.service 'write \"tcp-backlog 16384\" in its configuration'",
    ]);
    expect(engine.get(TYPES.command, "web-verify").inputs.connection).toMatchObject({
      host: "web.public",
      user: "admin",
      privateKey: PRIVATE_KEY,
    });
    expect(JSON.stringify(engine.resources.map(({ visible }) => visible))).not.toContain(PRIVATE_KEY);

    const server = (name: string) => ({
      name,
      instanceId: `${name}-id`,
      address: `${name}.public`,
      hostKey: (engine.get(TYPES.stash, `${name}-host-key`).inputs.input as { publicKey: string }).publicKey,
      verifyCommand: engine.get(TYPES.command, `${name}-verify`).inputs.create,
    });
    expect(await valueOf(pulumi.output(outputs))).toEqual({
      servers: [server("web"), server("cache")],
      report: ["web", "cache"].flatMap((name) =>
        reportRows(JSON.stringify(answerTo(name, engine.get(TYPES.command, `${name}-verify`).inputs))),
      ),
    });
    for (const output of Object.values(outputs)) {
      expect(await pulumi.isSecret(output)).toBe(false);
    }
  });

  it("takes other configuration where it is given", async () => {
    configure({
      ...GIVEN,
      "listen-backlog:servers": [
        {
          name: "big",
          services: [{ name: "nginx" }],
          settings: { somaxconn: 65535 },
          instanceType: "m7i.large",
        },
      ],
      "listen-backlog:sshFrom": "192.0.2.0/24",
      "listen-backlog:sshUser": "ec2-user",
      "listen-backlog:usePrivateAddress": true,
      "listen-backlog:amiOwner": "amazon",
      "listen-backlog:amiName": "al2023-*",
    });
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    program();
    await engine.settled();
    // nginx asks for 511 whatever somaxconn is: that is worth a warning.
    expect(warn).toHaveBeenCalled();
    warn.mockRestore();
    expect(engine.calls[0]?.inputs).toMatchObject({
      owners: ["amazon"],
      filters: [{ name: "name", values: ["al2023-*"] }],
    });
    expect(engine.get(TYPES.instance, "big").inputs.instanceType).toBe("m7i.large");
    expect(engine.get(TYPES.server, "big").inputs.settings).toEqual({ somaxconn: 65535 });
    expect(engine.get(TYPES.command, "big-verify").inputs.connection).toMatchObject({
      user: "ec2-user",
      host: "big.private",
    });
    // The port of a service that names none is the usual one of the software.
    const { ingress } = engine.get("aws:ec2/securityGroup:SecurityGroup", "servers").inputs;
    expect(ingress).toMatchObject([{ fromPort: 22, cidrBlocks: ["192.0.2.0/24"] }, { fromPort: 80 }]);
  });
});

describe("configuration that cannot be used", () => {
  it.each<[string, unknown]>([
    ["an empty list", []],
    ["an object", { name: "web" }],
    ["a server without a name", [{ services: [{ name: "nginx" }] }]],
    ["a server without services", [{ name: "web" }]],
    ["a server that is null", [null]],
  ])("is refused with an example: %s", async (_, servers) => {
    configure({ ...GIVEN, "listen-backlog:servers": servers });
    expect(() => program()).toThrow(
      new pulumi.RunError(
        "listen-backlog:servers: given something else; allowed: a list of servers, each with a name and services; " +
          "instead: [{ name: web, services: [{ name: nginx, port: 80, backlog: 4096 }] }]",
      ),
    );
    await engine.settled();
    expect(engine.resources).toEqual([]);
  });

  it("refuses every field that a server does not have, before anything is made", async () => {
    const services = [{ name: "nginx" }];
    configure({
      ...GIVEN,
      "listen-backlog:servers": [
        { name: "web", services, instancetype: "t3.large" },
        { name: "cache", services, settings: {}, "user data": "" },
      ],
    });
    expect(() => program()).toThrow(
      new pulumi.RunError(
        'listen-backlog:servers: given fields that a server does not have (web: "instancetype", cache: "user data"); ' +
          "allowed: name, services, settings, instanceType, userData; instead: remove them, or correct their spelling",
      ),
    );
    await engine.settled();
    expect(engine.resources).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a service that is null", [{ name: "web", services: [null] }]],
    ["a backlog in quotes", [{ name: "web", services: [{ name: "nginx", backlog: "4096" }] }]],
  ])("is refused by the server: %s", async (_, servers) => {
    configure({ ...GIVEN, "listen-backlog:servers": servers });
    expect(() => program()).toThrow(pulumi.RunError);
    expect(() => program()).toThrow(
      /^the server web of listen-backlog:servers: These inputs cannot be used:\n {2}services\[0\]/,
    );
    await engine.settled();
    expect(engine.resources.filter(({ type }) => type === TYPES.instance)).toEqual([]);
  });
});
