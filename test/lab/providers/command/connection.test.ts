import { describe, expect, it } from "vitest";

import { readConnection } from "../../../../lab/providers/command/connection";
import { readHostKey } from "../../../../lab/providers/command/host-key";
import { dialWithRetry, pauseAfter } from "../../../../lab/providers/command/retry";
import { commandProvider } from "../../../../lab/providers/command/provider";
import { ProviderError } from "../../../../lab/providers/rpc/provider";
import { Secret, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { checkOf } from "../fakes";

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIFVaniPTpxd74E450lO5FrGdQuRG/B+LkRp0z8q3oosj";

function check(type: string, args: Properties): string[] {
  const failures = commandProvider.resources[type]?.check(checkOf(args)).failures ?? [];
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

const remote = (args: Properties): string[] => check("command:remote:Command", args);

describe("the arguments of a remote command", () => {
  const connection = { host: "10.0.0.1", user: "admin", port: 22, dialErrorLimit: -1, perDialTimeout: 0 };

  it("are accepted, known or not", () => {
    expect(remote({ connection, create: "true", triggers: [1, { a: UNKNOWN }], logging: "none" })).toEqual(
      [],
    );
    expect(remote({ connection: new Secret({ ...connection, proxy: { host: "b" } }) })).toEqual([]);
    expect(remote({ connection: UNKNOWN, stdin: UNKNOWN, environment: { A: UNKNOWN } })).toEqual([]);
  });

  it.each<[Properties, string]>([
    [{}, 'connection: missing required argument "connection"'],
    [{ connection: {} }, 'connection.host: missing required argument "host"'],
    [{ connection: { host: "" } }, "connection.host: must name a host"],
    [{ connection: { ...connection, port: 0 } }, "connection.port: must be a whole number from 1 to 65535"],
    [
      { connection: { ...connection, dialErrorLimit: -2 } },
      "connection.dialErrorLimit: must be a whole number from -1",
    ],
    [
      { connection: { ...connection, perDialTimeout: 1.5 } },
      "connection.perDialTimeout: must be a whole number from 0",
    ],
    [{ connection: { ...connection, proxy: {} } }, 'connection.proxy.host: missing required argument "host"'],
    [
      { connection, logging: "all" },
      'logging: expected one of "stdout", "stderr", "stdoutAndStderr", "none"',
    ],
    [
      { connection, creat: "x" },
      'creat: unknown argument "creat" of command:remote:Command; did you mean "create"?',
    ],
    [{ connection, environment: { A: 1 } }, "environment.A: must be a string, not a number"],
  ])("are refused: %j", (args, message) => {
    expect(remote(args)).toEqual([expect.stringContaining(message)]);
  });

  it("are refused without a word of what is inside a connection", () => {
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const reasons = remote({
      connection: {
        host: "h",
        privatKey: key,
        privateKey: 4711,
        port: key,
        proxy: { host: "h", pasword: key },
      },
    });
    expect(reasons).toEqual([
      'connection.privatKey: unknown argument "privatKey" of connection; did you mean "privateKey"?',
      "connection.privateKey: must be a string, not a number",
      "connection.port: must be a number, not a string",
      'connection.proxy.pasword: unknown argument "pasword" of connection.proxy; did you mean "password"?',
    ]);
  });

  it("are marked: the connection is secret, whatever the program says", () => {
    const inputs = commandProvider.resources["command:remote:Command"]?.check(checkOf({ connection })).inputs;
    expect(inputs).toEqual({ connection: new Secret(connection) });
  });
});

describe("what the stand-in does not implement", () => {
  it("is refused by name", () => {
    expect(check("command:local:Command", { create: "x", assetPaths: ["*"], archivePaths: ["*"] })).toEqual([
      'assetPaths: the lab\'s stand-in for the provider command does not implement "assetPaths"',
      'archivePaths: the lab\'s stand-in for the provider command does not implement "archivePaths"',
    ]);
    expect(Object.keys(commandProvider.resources)).toEqual([
      "command:local:Command",
      "command:remote:Command",
    ]);
  });
});

describe("a connection", () => {
  it("has the defaults of the real provider", () => {
    expect(readConnection({ host: "h" })).toEqual({
      host: "h",
      port: 22,
      user: "root",
      dialErrorLimit: 10,
      perDialTimeout: 15,
    });
    expect(readConnection({ host: "h", proxy: { host: "p" } })).toMatchObject({
      proxy: { port: 22, user: "root" },
    });
  });
});

describe("a host key", () => {
  it.each([
    `ssh-ed25519 ${BLOB}`,
    `ssh-ed25519 ${BLOB} root@host\n`,
    `# a comment\n\n  ssh-ed25519\t${BLOB}`,
    `cert-authority,command="a \\"b\\" c" ssh-ed25519 ${BLOB}`,
  ])("is read from %j", (line) => {
    expect(readHostKey(line)).toEqual({ type: "ssh-ed25519", blob: Buffer.from(BLOB, "base64") });
  });

  it.each([
    "",
    "ssh-ed25519",
    `ssh-rsa ${BLOB}`,
    `# ssh-ed25519 ${BLOB}`,
    "-----BEGIN PUBLIC KEY-----",
    "ssh-ed25519 AAAA",
  ])("is refused when it is none: %j", (line) => {
    expect(() => readHostKey(line)).toThrow("failed to parse host key: ssh: no key found");
  });
});

describe("dialling", () => {
  const dialing = (limit: number, notes: string[] = [], signal = new AbortController().signal) => ({
    what: "Dial",
    limit,
    signal,
    note: (message: string) => notes.push(message),
  });

  it("pauses as the real provider does: 11.3 s in all for ten failures, never more than 5 s", () => {
    const pauses = Array.from({ length: 10 }, (_, i) => pauseAfter(i + 1));
    expect(pauses[0]).toBe(100);
    expect(pauses.reduce((sum, each) => sum + each, 0)).toBeCloseTo(11_333, 0);
    expect(pauseAfter(60)).toBe(5000);
  });

  it("dials once more than the limit, then says why it failed", async () => {
    const notes: string[] = [];
    let dials = 0;
    const failing = dialWithRetry(dialing(2, notes), () => {
      dials++;
      return Promise.reject(new ProviderError(`no ${dials}`));
    });
    await expect(failing).rejects.toThrow("after 2 failed attempts: no 3");
    expect(dials).toBe(3);
    expect(notes).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
  });

  it("goes on without a limit for -1, and gives back what it got", async () => {
    const notes: string[] = [];
    let dials = 0;
    const result = await dialWithRetry(dialing(-1, notes), () =>
      ++dials < 4 ? Promise.reject(new ProviderError("no")) : Promise.resolve("connected"),
    );
    expect(result).toBe("connected");
    expect(notes[2]).toBe("Dial 3/inf failed: retrying");
  });

  it("stops at once when it is cancelled, and hides no defect", async () => {
    const controller = new AbortController();
    const waiting = dialWithRetry(dialing(-1, [], controller.signal), () => {
      setTimeout(() => controller.abort(new ProviderError("context canceled")), 1);
      return Promise.reject(new ProviderError("no"));
    });
    await expect(waiting).rejects.toThrow("context canceled");
    await expect(dialWithRetry(dialing(5), () => Promise.reject(new TypeError("a defect")))).rejects.toThrow(
      "a defect",
    );
  });
});
