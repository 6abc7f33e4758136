import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startEngine, TYPES, type Engine } from "./support/engine";
import { HOST_KEY, PRIVATE_KEY } from "./support/host-args";

// What a user's program gets from the installed package, here from the checkout.
vi.mock("pulumi-listen-backlog", () => import("../../components/index.js"));

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});
afterEach(() => {
  pulumi.runtime.setAllConfig({});
});

describe("the examples of the README", () => {
  it("make a server and its verification", async () => {
    pulumi.runtime.setAllConfig({
      "listen-backlog:ami": "ami-0123456789abcdef0",
      "listen-backlog:keyName": "deploy",
      "listen-backlog:sshPrivateKey": PRIVATE_KEY,
    });
    await import("../../examples/tuned-server/index.js");
    await engine.settled();
    expect(engine.resources.map(({ type, name }) => `${type} ${name}`)).toEqual(
      expect.arrayContaining([`${TYPES.instance} web`, `${TYPES.command} web-verify`]),
    );
  });

  it("tune and verify a host that exists", async () => {
    pulumi.runtime.setAllConfig({
      "listen-backlog:host": "10.0.0.7",
      "listen-backlog:hostKey": HOST_KEY,
      "listen-backlog:sshPrivateKey": PRIVATE_KEY,
    });
    await import("../../examples/tuned-host/index.js");
    await engine.settled();
    expect(engine.resources.map(({ type, name }) => `${type} ${name}`)).toEqual(
      expect.arrayContaining([`${TYPES.command} cache-apply`, `${TYPES.command} cache-verify`]),
    );
    const { inputs } = engine.get(TYPES.command, "cache-apply");
    expect(inputs["create"]).toContain("--relisten redis 6379 16384 - redis-server.service restart");
  });
});
