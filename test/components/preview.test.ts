import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TunedServer } from "../../components";
import { PRIVATE_KEY } from "./support/host-args";
import { startEngine, TYPES, UNKNOWN, type Engine } from "./support/engine";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({ preview: true });
});
beforeEach(() => {
  engine.resources.length = 0;
});

describe("a TunedServer in a preview, where nothing is known of what does not exist yet", () => {
  it("registers the same resources, with everything that is known", async () => {
    const server = new TunedServer("web", {
      services: [{ name: "nginx", backlog: 4096 }],
      ami: "ami-1",
      instanceType: "t3.small",
      userData: "#!/bin/sh\ntrue\n",
      ssh: { privateKey: pulumi.secret(PRIVATE_KEY) },
    });
    await engine.settled();
    const parent = "listen-backlog:index:TunedServer web";
    expect(engine.resources.map(({ type, name, parent: of }) => [type, name, of])).toEqual([
      [TYPES.server, "web", undefined],
      [TYPES.stash, "web-host-key", parent],
      [TYPES.instance, "web", parent],
      [TYPES.command, "web-verify", parent],
    ]);
    // What the policy judges is known.
    const sysctl = { "net.core.somaxconn": "4096" };
    const service = { name: "nginx", software: "nginx", port: 80, backlog: 4096 };
    expect(engine.get(TYPES.server, "web").inputs).toEqual({
      services: [{ ...service, unit: "nginx.service", relisten: "none" }],
      settings: { somaxconn: 4096 },
      sysctl,
      userData: { live: sysctl, persisted: sysctl, backlogs: [], conflicts: [] },
    });
    expect(engine.get(TYPES.instance, "web").inputs).toEqual({
      ami: "ami-1",
      instanceType: "t3.small",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      userData: UNKNOWN,
      userDataReplaceOnChange: true,
      tags: { Name: "web" },
    });
    const { create, connection } = engine.get(TYPES.command, "web-verify").inputs;
    expect(create).toMatch(/^sh -s -- --host web --mode exact /);
    expect(connection).toBe(UNKNOWN);
    expect(JSON.stringify(engine.resources.map(({ visible }) => visible))).not.toContain("PRIVATE KEY");
    expect(await (server.report as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
  });

  it("refuses what cannot work, before anything is registered", async () => {
    const make = () =>
      new TunedServer("web", {
        services: [{ name: "nginx", backlog: -1 }],
        ami: "ami-1",
        instanceType: "t3.small",
        ssh: {},
      });
    expect(make).toThrow(pulumi.InputPropertiesError);
    await engine.settled();
    expect(engine.resources).toEqual([]);
  });
});
