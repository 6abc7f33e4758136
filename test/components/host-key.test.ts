import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateHostKey } from "../../components/host-key";

describe("a generated host key", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "listen-backlog-key-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is one that OpenSSH takes, and derives the same public key from", () => {
    const file = join(folder, "key");
    const { privateKey, publicKey } = generateHostKey();
    writeFileSync(file, privateKey, { mode: 0o600 });
    const ran = spawnSync("ssh-keygen", ["-y", "-P", "", "-f", file], { encoding: "utf8" });
    expect(ran.error, "ssh-keygen is needed by this test: apt-get install openssh-client").toBeUndefined();
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout.trim()).toBe(publicKey);
  });

  it("is one that the ssh2 library takes, and signs with", () => {
    const { privateKey, publicKey } = generateHostKey();
    const [own, shown] = [utils.parseKey(privateKey), utils.parseKey(publicKey)];
    if (own instanceof Error || shown instanceof Error) {
      throw new Error("ssh2 does not take the key");
    }
    expect([own.type, own.isPrivateKey(), shown.isPrivateKey()]).toEqual(["ssh-ed25519", true, false]);
    expect(own.getPublicSSH()).toEqual(shown.getPublicSSH());
    expect(shown.verify("data", own.sign("data"))).toBe(true);
    expect(shown.verify("other data", own.sign("data"))).toBe(false);
  });

  it("is another one each time, and always as long", () => {
    const keys = Array.from({ length: 50 }, generateHostKey);
    expect(new Set(keys.map(({ privateKey }) => privateKey)).size).toBe(50);
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(50);
    expect(new Set(keys.map((key) => JSON.stringify(key).length)).size).toBe(1);
  });
});
