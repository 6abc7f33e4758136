import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BacklogVerification, TunedHost } from "../../components";
import { isHostKey } from "../../components/host-key-text";
import { privateKeyKind } from "../../components/private-key-text";
import { startEngine, type Engine } from "./support/engine";
import { BASTION_KEY, HOST_KEY, PRIVATE_KEY, sshKeygen } from "./support/host-args";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});

const SSH = { user: "admin", privateKey: PRIVATE_KEY, hostKey: HOST_KEY };
const GOOD = { services: [{ name: "nginx" }], host: "10.0.0.5", ssh: SSH };
const SECRET = "planted-secret-0123456789";

/** What the constructor says of bad fields, by their path, having registered nothing. */
async function refused(
  args: object,
  make: (given: object) => unknown = (given) => new TunedHost("web", { ...GOOD, ...given }),
) {
  let caught: unknown;
  try {
    // What a program without types, or with types that lie, can pass.
    make(args);
  } catch (error) {
    caught = error;
  }
  await engine.settled();
  expect(engine.resources).toEqual([]);
  if (!(caught instanceof pulumi.InputPropertiesError)) {
    throw new Error(`expected an InputPropertiesError, got ${String(caught)}`);
  }
  expect(caught.message).not.toContain(SECRET);
  for (const line of PRIVATE_KEY.split("\n").slice(1, -2)) {
    expect(caught.message).not.toContain(line);
  }
  return Object.fromEntries(caught.errors.map(({ propertyPath, reason }) => [propertyPath, reason]));
}

const ssh = (more: object) => ({ ssh: { ...SSH, ...more } });

describe("the inputs of a host that exists", () => {
  it("are refused all at once, each with its path and what to type instead", async () => {
    const found = await refused({
      services: [{ name: "ngnix" }],
      settings: { somaxconn: 0 },
      host: "admin@10.0.0.5:22",
      ssh: {
        user: "-oProxyCommand=x",
        privateKey: "~/.ssh/id_ed25519",
        privatekey: SECRET,
        port: 0,
        dialErrorLimit: -2,
        perDialTimeout: 0,
        cloudInitTimeoutSeconds: 1.5,
        bastion: { host: "", hostKey: `bastion ${BASTION_KEY}`, password: SECRET },
      },
      mode: "atLeast",
      namespaces: "host",
      verify: "always",
      onFailure: "ignore",
      apply: true,
      sysctlFileName: "99-sysctl.conf",
      restoreOnDestroy: "yes",
      triggers: "x",
      hots: SECRET,
    });
    expect(Object.keys(found).sort()).toEqual(
      [
        "services[0].name",
        "settings.somaxconn",
        "host",
        "ssh.user",
        "ssh.privateKey",
        "ssh.privatekey",
        "ssh.port",
        "ssh.hostKey",
        "ssh.dialErrorLimit",
        "ssh.perDialTimeout",
        "ssh.cloudInitTimeoutSeconds",
        "ssh.bastion.host",
        "ssh.bastion.hostKey",
        "ssh.bastion.password",
        "mode",
        "namespaces",
        "verify",
        "onFailure",
        "apply",
        "sysctlFileName",
        "restoreOnDestroy",
        "triggers",
        "hots",
      ].sort(),
    );
    expect(found).toMatchObject({
      host: 'given "admin@10.0.0.5:22"; allowed: an IP address or a host name, without user, port and scheme; instead: 10.0.0.5',
      "ssh.privateKey":
        "given the path of a file; allowed: a private key as text, in OpenSSH or PEM form; instead: its content, from a secret of the stack's configuration",
      "ssh.privatekey": expect.stringMatching(
        /^given a value that is not shown; .*; instead: privateKey$/,
      ) as string,
      "ssh.hostKey": expect.stringMatching(
        /^given nothing; .*dangerouslyAcceptAnyHostKey: true goes without any check$/,
      ) as string,
      "ssh.bastion.hostKey": expect.stringMatching(
        new RegExp(
          `^given a host key with something around it; .*; instead: ${BASTION_KEY.replace(/[+]/g, "\\+")}$`,
        ),
      ) as string,
      "ssh.bastion.password": expect.stringContaining(
        "instead: privateKey, or the keys of an agent",
      ) as string,
      mode: 'given "atLeast"; allowed: "at-least" or "exact"; instead: "at-least", or leave it out',
      hots: expect.stringMatching(
        /^given a value that is not shown; allowed: the inputs services, /,
      ) as string,
    });
  });

  it.each([
    ["ssh", { ssh: undefined }],
    ["ssh", { ssh: null }],
    ["ssh", { ssh: SECRET }],
    ["ssh.bastion", ssh({ bastion: SECRET })],
    ["ssh.bastion.hostKey", ssh({ bastion: { host: "b" } })],
    ["ssh.user", ssh({ user: undefined })],
    ["ssh.user", ssh({ user: "a b" })],
    ["ssh.hostKey", ssh({ hostKey: undefined, dangerouslyAcceptAnyHostKey: false })],
    ["ssh.hostKey", ssh({ hostKey: "" })],
    ["ssh.hostKey", ssh({ hostKey: SECRET })],
    ["ssh.hostKey", ssh({ hostKey: PRIVATE_KEY })],
    ["ssh.dangerouslyAcceptAnyHostKey", ssh({ dangerouslyAcceptAnyHostKey: true })],
    ["ssh.dangerouslyAcceptAnyHostKey", ssh({ hostKey: undefined, dangerouslyAcceptAnyHostKey: "true" })],
    ["ssh.privateKey", ssh({ privateKey: HOST_KEY })],
    ["ssh.privateKey", ssh({ privateKey: `${SECRET}\n${SECRET}` })],
    ["ssh.privateKey", ssh({ privateKey: 7 })],
    ["ssh.privateKeyPassword", ssh({ privateKeyPassword: "" })],
    ["ssh.agentSocketPath", ssh({ agentSocketPath: "agent" })],
    ["ssh.port", ssh({ port: "22" })],
    ["ssh.port", ssh({ port: 65536 })],
    ["ssh.bastion.port", ssh({ bastion: { host: "b", hostKey: BASTION_KEY, port: 1.5 } })],
    ["host", { host: undefined }],
    ["host", { host: "-oProxyCommand=x" }],
    ["host", { host: "a b" }],
    ["host", { host: "x".repeat(300) }],
    ["triggers", { triggers: 7 }],
  ])("refuse %s of %j", async (path, args) => {
    expect(Object.keys(await refused(args))).toEqual([path]);
  });

  it.each(["10.0.0.5", "::1", "fe80::1", "web", "web-1.example.com", "WEB_1.local"])(
    "take the host %s",
    async (host) => {
      const made = new BacklogVerification("web", { ...GOOD, host });
      await engine.settled();
      expect(made).toBeInstanceOf(BacklogVerification);
    },
  );

  it("of a verification are not those of tuning", async () => {
    const make = (given: object) => new BacklogVerification("web", { ...GOOD, ...given });
    expect(Object.keys(await refused({ apply: "onChange", restoreOnDestroy: true }, make))).toEqual([
      "apply",
      "restoreOnDestroy",
    ]);
  });
});

describe("a host key as text", () => {
  it.each(["ed25519", "ecdsa"])("is one that ssh-keygen wrote: %s", (type) => {
    const { publicKey } = sshKeygen("-t", type);
    expect(isHostKey(publicKey)).toBe(true);
    expect(isHostKey(publicKey.trim())).toBe(true);
    expect(isHostKey(publicKey.split(" ").slice(0, 2).join(" "))).toBe(true);
  });

  it("is no RSA key, for which the provider has no signature that today's servers make", () => {
    expect(isHostKey(sshKeygen("-t", "rsa").publicKey)).toBe(false);
  });

  it.each([
    "",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    HOST_KEY.slice(0, 40),
    HOST_KEY.replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "),
    `web ${HOST_KEY}`,
    `${HOST_KEY}\n${HOST_KEY}`,
    `${HOST_KEY} a\tb`,
  ])("is not %j", (text) => {
    expect(isHostKey(text)).toBe(false);
  });
});

describe("a private key as text", () => {
  it.each([
    ["plain", ["-t", "ed25519"]],
    ["encrypted", ["-t", "ed25519", "-N", "passphrase"]],
    ["plain", ["-t", "rsa", "-m", "PEM"]],
    ["encrypted", ["-t", "rsa", "-m", "PEM", "-N", "passphrase"]],
    ["plain", ["-t", "ecdsa", "-m", "PKCS8"]],
    ["encrypted", ["-t", "ecdsa", "-m", "PKCS8", "-N", "passphrase"]],
  ])("is %s: ssh-keygen %j", (kind, options) => {
    const { privateKey, publicKey } = sshKeygen(...options);
    expect(privateKeyKind(privateKey)).toBe(kind);
    expect(privateKeyKind(privateKey.replaceAll("\n", "\r\n"))).toBe(kind);
    expect(privateKeyKind(publicKey)).toBe("public");
  });

  it("with a passphrase is refused without it, before it is dialled", async () => {
    const { privateKey } = sshKeygen("-t", "ed25519", "-N", "passphrase");
    expect(await refused(ssh({ privateKey }))).toEqual({
      "ssh.privateKey": expect.stringMatching(/^given a key that is protected by a passphrase;/) as string,
    });
  });

  it.each(["/home/me/.ssh/id_rsa", "~/.ssh/key.pem", "C:\\Users\\me\\key"])("is no path: %s", (path) => {
    expect(privateKeyKind(path)).toBe("path");
  });
});
