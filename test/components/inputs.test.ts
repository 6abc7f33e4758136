import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { composeUserData, type HostKeyPair } from "../../cloudinit";
import { TunedServer, type TunedServerArgs } from "../../components";
import { generateHostKey } from "../../components/host-key";
import { BASTION_KEY, PRIVATE_KEY, sshKeygen } from "./support/host-args";
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
          /^user data: given text that begins with a letter; allowed: a beginning .*; instead: put #cloud-config/,
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

  it.each(["host", "ALL", true, null])(
    "refuse to judge services in the namespaces %j",
    async (namespaces) => {
      expect(await refused({ namespaces })).toEqual([
        { propertyPath: "namespaces", reason: expect.stringContaining('allowed: "auto" or "all"') as string },
      ]);
    },
  );

  it.each([undefined, null, "admin@10.0.0.5", [], pulumi.output({})])(
    "are refused where ssh is no object: %#",
    async (ssh) => {
      expect(await refused({ ssh })).toMatchObject([{ propertyPath: "ssh" }]);
    },
  );

  const SECRET = "planted-secret-0123456789";
  const BASTION = { host: "b", hostKey: BASTION_KEY };

  it.each([
    ["ssh.user", { user: "-oProxyCommand=x" }],
    ["ssh.user", { user: "" }],
    ["ssh.privateKey", { privateKey: "~/.ssh/id_ed25519" }],
    ["ssh.privateKey", { privateKey: BASTION_KEY }],
    ["ssh.privateKey", { privateKey: `${SECRET}\n${SECRET}` }],
    ["ssh.privateKey", { privateKey: sshKeygen("-N", SECRET, "-t", "ed25519").privateKey }],
    ["ssh.privateKeyPassword", { privateKeyPassword: "" }],
    ["ssh.agentSocketPath", { agentSocketPath: "agent" }],
    ["ssh.port", { port: "22" }],
    ["ssh.usePrivateAddress", { usePrivateAddress: "yes" }],
    ["ssh.usePrivateAddress", { usePrivateAddress: pulumi.output(true) }],
    ["ssh.dialErrorLimit", { dialErrorLimit: -2 }],
    ["ssh.perDialTimeout", { perDialTimeout: 0 }],
    ["ssh.bastion", { bastion: SECRET }],
    ["ssh.bastion.hostKey", { bastion: { host: "b" } }],
    ["ssh.bastion.host", { bastion: { ...BASTION, host: "a b" } }],
    ["ssh.bastion.password", { bastion: { ...BASTION, password: SECRET } }],
    ["ssh.privatekey", { privatekey: SECRET }],
    ["ssh.hostKey", { hostKey: BASTION_KEY }],
  ])("refuse %s: %#", async (path, ssh) => {
    const errors = await refused({ ssh });
    expect(errors.map(({ propertyPath }) => propertyPath)).toEqual([path]);
    expect(JSON.stringify(errors)).not.toContain(SECRET);
  });

  it("refuse a field that a server does not have, and show no value of it", async () => {
    expect(await refused({ namespace: SECRET, userdata: SECRET })).toEqual([
      {
        propertyPath: "namespace",
        reason: expect.stringMatching(
          /^given a value that is not shown; allowed: the inputs services, .*; instead: leave it out$/,
        ) as string,
      },
      { propertyPath: "userdata", reason: expect.stringMatching(/; instead: userData$/) as string },
    ]);
  });

  it("of ssh that turn out bad once they are known are an error of the program, and no connection is made", async () => {
    const said: string[] = [];
    const log = vi.spyOn(pulumi.log, "error").mockImplementation((message) => {
      said.push(message);
      return Promise.resolve();
    });
    const ssh = {
      privateKey: pulumi.secret(SECRET),
      bastion: { ...BASTION, privateKey: pulumi.output(PRIVATE_KEY) },
    };
    const server = new TunedServer("web", { ...GOOD, ssh });
    await valueOf(server.report);
    await engine.settled();
    log.mockRestore();
    expect(said).toEqual([
      expect.stringMatching(/^These inputs cannot be used:\n {2}ssh\.privateKey: given something that is no/),
    ]);
    expect(JSON.stringify(said)).not.toContain(SECRET);
    const { connection } = engine.get(TYPES.command, "web-verify").inputs;
    // What the provider and OpenSSH refuse before they dial.
    expect(connection).toMatchObject({ hostKey: "refused refused", proxy: { hostKey: "refused refused" } });
    expect(await valueOf(server.hostKey)).toMatch(/^ssh-ed25519 /);
    expect(await pulumi.isSecret(server.hostKey)).toBe(false);
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

  it("refuse what is no flag and no file name, under its own path", async () => {
    const errors = await refused({
      compressUserData: "yes",
      applyEarly: 0,
      sysctlFileName: "../x.conf",
      userData: "#cloud-config\nwrite_files: no\n",
    });
    expect(errors).toEqual([
      {
        propertyPath: "compressUserData",
        reason: 'given "yes"; allowed: true or false; instead: true, or leave it out',
      },
      {
        propertyPath: "applyEarly",
        reason: "given 0; allowed: true or false; instead: true, or leave it out",
      },
      {
        propertyPath: "sysctlFileName",
        reason: expect.stringMatching(
          /^given "\.\.\/x\.conf"; allowed: letters, .*; instead: 99-zz-listen-backlog\.conf$/,
        ) as string,
      },
      {
        propertyPath: "userData",
        reason: expect.stringMatching(
          /^user data: given a cloud-config with write_files that is no list;/,
        ) as string,
      },
    ]);
  });

  it("refuse a host key of the user's own, which the server would have instead of ours", async () => {
    const userData = "#cloud-config\nssh_keys: {ed25519_private: hunter2}\n";
    const [error] = await refused({ userData });
    expect(error?.propertyPath).toBe("userData");
    expect(error?.reason).not.toContain("hunter2");
  });

  it("choose the shape of the user data, and what ours does on the host", async () => {
    const own = `#!/bin/sh\n${"x".repeat(20_000)}`;
    await refused({ userData: own });
    const args = { compressUserData: true, applyEarly: false, sysctlFileName: "99-zzz.conf" };
    await valueOf(new TunedServer("web", { ...GOOD, ...args, userData: own }).report);
    await engine.settled();
    const { userData, userDataBase64 } = engine.get(TYPES.instance, "web").inputs;
    expect(userData).toBeUndefined();
    const { input } = engine.get(TYPES.stash, "web-host-key").inputs as { input: HostKeyPair };
    const part = {
      settings: [{ key: "net.core.somaxconn", value: "4096" }],
      relisten: [],
      hostKey: input,
      early: false,
      fileName: "99-zzz.conf",
    };
    expect(userDataBase64).toBe(composeUserData(own, part, { encoding: "gzip-base64" }));
    expect(engine.get(TYPES.instance, "web").visible.userDataBase64).toBe("[secret]");
  });
});
