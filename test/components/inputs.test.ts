import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { composeUserData } from "../../cloudinit";
import { TunedServer, type TunedServerArgs } from "../../components";
import { generateHostKey } from "../../components/host-key";
import { startEngine, TYPES, valueOf, type Engine } from "./support/engine";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});

const GOOD: TunedServerArgs = {
  services: [{ name: "nginx" }],
  ami: "ami-1",
  instanceType: "t3.small",
  ssh: {},
};

/** The bad fields that the constructor names, having registered nothing. */
async function refused(args: object): Promise<{ propertyPath: string; reason: string }[]> {
  let caught: unknown;
  try {
    // What a program without types, or with types that lie, can pass.
    new TunedServer("web", { ...GOOD, ...args });
  } catch (error) {
    caught = error;
  }
  await engine.settled();
  expect(engine.resources).toEqual([]);
  if (!(caught instanceof pulumi.InputPropertiesError)) {
    throw new Error(`expected an InputPropertiesError, got ${String(caught)}`);
  }
  // The message has it all, because a program that ends with this error shows nothing else of it.
  const lines = caught.errors.map(({ propertyPath, reason }) => `\n  ${propertyPath}: ${reason}`);
  expect(caught.message).toBe(`These inputs cannot be used:${lines.join("")}`);
  return caught.errors.map(({ propertyPath, reason }) => ({ propertyPath, reason }));
}

describe("the inputs of a TunedServer", () => {
  it("are refused all at once, each with its path, what was given, what is allowed and what to type", async () => {
    const errors = await refused({
      services: [{ name: "ngnix" }, { name: "api", port: "8000", backlog: 1.5 }],
      settings: { somaxconn: "4096" },
      userData: "apt-get update",
      ssh: { cloudInitTimeoutSeconds: -1 },
    });
    expect(errors).toEqual([
      {
        propertyPath: "services[0].name",
        reason:
          'given "ngnix"; allowed: a program of the catalogue, or a name with both port and backlog; instead: nginx',
      },
      {
        propertyPath: "services[1].port",
        reason: 'given "8000"; allowed: an integer from 1 to 65535; instead: the number 8000, without quotes',
      },
      {
        propertyPath: "services[1].backlog",
        reason: "given 1.5; allowed: an integer from 0 to 2147483647; instead: 4096",
      },
      {
        propertyPath: "settings.somaxconn",
        reason: expect.stringMatching(
          /^given "4096"; allowed: an integer from 1 to .*; instead: the number 4096, without quotes$/,
        ) as string,
      },
      {
        propertyPath: "ssh.cloudInitTimeoutSeconds",
        reason: "given -1; allowed: an integer from 0 to 86400; instead: 300, or leave it out",
      },
      {
        propertyPath: "userData",
        reason: expect.stringMatching(
          /^user data: given text that begins with "apt-get upda"; allowed: a first line .*; instead: put #cloud-config/,
        ) as string,
      },
    ]);
  });

  it.each([0, -1, 2147483648, "4096", 1.5, NaN, null])("refuse a somaxconn of %j", async (somaxconn) => {
    expect((await refused({ settings: { somaxconn } })).map(({ propertyPath }) => propertyPath)).toEqual([
      "settings.somaxconn",
    ]);
  });

  it.each([NaN, 1.5, "300", 86401, null])("refuse a wait of %j seconds", async (cloudInitTimeoutSeconds) => {
    expect(
      (await refused({ ssh: { cloudInitTimeoutSeconds } })).map(({ propertyPath }) => propertyPath),
    ).toEqual(["ssh.cloudInitTimeoutSeconds"]);
  });

  it("are refused where services are missing", async () => {
    expect(await refused({ services: undefined })).toMatchObject([{ propertyPath: "services" }]);
  });

  it("refuse user data that is too long with ours added", async () => {
    const [error] = await refused({ userData: `#!/bin/sh\n${"x".repeat(16000)}` });
    expect(error?.propertyPath).toBe("userData");
    expect(error?.reason).toMatch(
      /^user data: given \d{5} bytes with our part added, \d+ too many; allowed: 16384 bytes/,
    );
  });

  it("take user data that fits by a byte, whatever host key the server gets", async () => {
    const part = { settings: [{ key: "net.core.somaxconn", value: "4096" }], relisten: [] };
    const overhead = Buffer.byteLength(
      composeUserData("#!/bin/sh\n", { ...part, hostKey: generateHostKey() }),
    );
    const longest = `#!/bin/sh\n${"x".repeat(16384 - overhead)}`;
    await refused({ userData: `${longest}x` });
    for (const name of ["a", "b", "c"]) {
      await valueOf(new TunedServer(name, { ...GOOD, userData: longest }).report);
      await engine.settled();
      expect(Buffer.byteLength(String(engine.get(TYPES.instance, name).inputs.userData))).toBe(16384);
    }
  });
});
