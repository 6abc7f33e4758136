import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import { isInstanceId, isPublicKey, requireSeed } from "../../lab/hosts/grammar";
import { seedFiles } from "../../lab/hosts/seed";
import type { HostSeed } from "../../lab/hosts/types";

function newKey(type: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hosts-grammar-"));
  try {
    execFileSync("ssh-keygen", [
      "-q",
      "-t",
      type,
      "-N",
      "",
      "-C",
      "some one@host",
      "-f",
      path.join(folder, "key"),
    ]);
    return fs.readFileSync(path.join(folder, "key.pub"), "utf8").trimEnd();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const key = newKey("ed25519");
const good: HostSeed = {
  instanceId: "i-0123456789abcdef0",
  hostname: "web-1",
  userData: Buffer.alloc(0),
  publicKeys: [key],
};

describe("instance ids", () => {
  test.each(["i-01234567", "i-0123456789abcdef0"])("%s is one", (id) => {
    expect(isInstanceId(id)).toBe(true);
  });

  test.each([
    "",
    "i-",
    "i-0123456",
    "i-0123456789abcdef",
    "i-0123456G",
    "I-01234567",
    "i-01234567\n",
    "../i-01234567",
    "i-01234567/..",
  ])("%j is none", (id) => {
    expect(isInstanceId(id)).toBe(false);
  });

  test("whatever passes is a plain file name", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^.?i-[0-9a-f]{7,18}.?$/s)), (text) => {
        fc.pre(isInstanceId(text));
        expect(path.basename(text)).toBe(text);
        expect(text).toMatch(/^i-[0-9a-f]+$/);
      }),
    );
  });
});

describe("seeds", () => {
  test("a good one passes, with and without keys and user data", () => {
    expect(() => requireSeed(good)).not.toThrow();
    expect(() => requireSeed({ ...good, publicKeys: [], userData: Buffer.from([0, 255, 10]) })).not.toThrow();
  });

  test.each([
    "",
    "-web",
    "web-",
    "Web",
    "web.example",
    "web_1",
    "web 1",
    "a".repeat(64),
    "web\n",
    "wéb",
    "$(id)",
    "--help",
  ])("the hostname %j is refused", (hostname) => {
    expect(() => requireSeed({ ...good, hostname })).toThrow(/hostname: given .*; allowed: one DNS label/);
  });

  test("all problems are named at once, with what to type instead", () => {
    const bad = {
      ...good,
      instanceId: "../../etc",
      hostname: "Web_1",
      publicKeys: [key, "ssh-rsa nonsense"],
    };
    expect.assertions(3);
    try {
      requireSeed(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      expect((error as LabError).message).toMatch(
        /instanceId: given "..\/..\/etc".*hostname: given "Web_1".*publicKeys\[1\]/s,
      );
      expect((error as LabError).fix).toContain("hostname: web-1");
    }
  });
});

describe("public keys", () => {
  test.each(["ed25519", "rsa", "ecdsa"])("what ssh-keygen makes is one: %s", (type) => {
    expect(isPublicKey(newKey(type))).toBe(true);
  });

  test("options, a second line, another type's data and damaged data are refused", () => {
    const [type = "", data = ""] = key.split(" ");
    expect(isPublicKey(`${type} ${data}`)).toBe(true);
    expect(isPublicKey(`command="id" ${key}`)).toBe(false);
    expect(isPublicKey(`${key}\n${key}`)).toBe(false);
    expect(isPublicKey(`${key}\r`)).toBe(false);
    expect(isPublicKey(`ssh-rsa ${data}`)).toBe(false);
    expect(isPublicKey(`${type} ${data.slice(0, 8)}`)).toBe(false);
    expect(isPublicKey(`-----BEGIN OPENSSH PRIVATE KEY-----`)).toBe(false);
  });
});

describe("NoCloud files", () => {
  test("user data goes through byte by byte, the rest is JSON", () => {
    const userData = Buffer.from([0x1f, 0x8b, 0, 255, 13, 10]);
    const files = seedFiles({ ...good, userData }, "10.140.7", 12);
    expect(files["user-data"]).toEqual(userData);
    expect(JSON.parse(String(files["meta-data"]))).toEqual({
      "instance-id": good.instanceId,
      "local-hostname": "web-1",
      "public-keys": [key],
    });
    expect(JSON.parse(String(files["network-config"]))).toEqual({
      version: 2,
      ethernets: { host0: { addresses: ["10.140.7.12/24"], dhcp4: false, dhcp6: false } },
    });
  });
});
