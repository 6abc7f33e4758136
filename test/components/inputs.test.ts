import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TunedServer, type TunedServerArgs } from "../../components";
import { startEngine, type Engine } from "./support/engine";

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
    new TunedServer("web", { ...GOOD, ...args } as TunedServerArgs);
  } catch (error) {
    caught = error;
  }
  await engine.settled();
  expect(engine.resources).toEqual([]);
  if (!(caught instanceof pulumi.InputPropertiesError)) {
    throw new Error(`expected an InputPropertiesError, got ${String(caught)}`);
  }
  expect(caught.message).toBe("These inputs cannot be used:");
  return (caught.errors ?? []).map(({ propertyPath, reason }) => ({ propertyPath, reason }));
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
    const lengths = new Set<number>();
    for (let spare = 0; spare < 3000; spare++) {
      try {
        new TunedServer("web", { ...GOOD, userData: `#!/bin/sh\n${"x".repeat(12_500 + spare)}` });
      } catch (error) {
        expect(error).toBeInstanceOf(pulumi.InputPropertiesError);
        break;
      }
    }
    await engine.settled();
    for (const { type, inputs } of engine.resources) {
      if (type === "aws:ec2/instance:Instance") {
        lengths.add(Buffer.byteLength(String(inputs.userData)));
      }
    }
    expect(Math.max(...lengths)).toBe(16384);
  });
});
