import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeUserData, UserDataError } from "../../cloudinit";
import { checkedHostKey, type HostKeyPair } from "../../cloudinit/host-key-pair";
import { generateHostKey } from "../../components/host-key";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "listen-backlog-host-key-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A pair that ssh-keygen makes. */
function made(name: string, ...options: readonly string[]): HostKeyPair {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-C", "root@host", ...options, "-f", file]);
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8") };
}

/** The public key that OpenSSH finds in a private one; what it says where it finds none. */
function loadedByOpenSsh(privateKey: string): string {
  const file = join(folder, "loaded");
  writeFileSync(file, privateKey, { mode: 0o600 });
  const { stdout, stderr } = spawnSync("ssh-keygen", ["-y", "-P", "", "-f", file], { encoding: "utf8" });
  return stdout.trim() === "" ? stderr : stdout.trim();
}

/** The bytes between the lines of the armor, changed. */
function changed(privateKey: string, change: (blob: Buffer) => Buffer): string {
  const blob = change(Buffer.from(privateKey.replace(/-----.*-----/g, ""), "base64"));
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function flipped(privateKey: string, fromEnd: number): string {
  return changed(privateKey, (blob) => {
    const at = blob.length - fromEnd;
    blob.writeUInt8(blob.readUInt8(at) ^ 1, at);
    return blob;
  });
}

const part = (hostKey: unknown) =>
  ({ settings: [], relisten: [], hostKey }) as unknown as Parameters<typeof composeUserData>[1];

function refusal(hostKey: unknown): string {
  try {
    composeUserData(undefined, part(hostKey));
  } catch (error) {
    expect(error).toBeInstanceOf(UserDataError);
    return (error as Error).message;
  }
  throw new Error("it was composed");
}

describe("a host key", () => {
  it("goes to the server as OpenSSH reads it, however its lines end", () => {
    for (const own of [made("ed25519", "-t", "ed25519"), generateHostKey()]) {
      const { privateKey, publicKey } = own;
      for (const written of [
        privateKey,
        privateKey.trimEnd(),
        `${privateKey}\n\n`,
        privateKey.replaceAll("\n", "\r\n"),
        privateKey.trimEnd().replaceAll("\n", "\r\n"),
      ]) {
        const checked = checkedHostKey(written, publicKey);
        expect(checked).toEqual({ privateKey, publicKey: publicKey.trimEnd() });
        expect(loadedByOpenSsh(checked.privateKey)).toBe(publicKey.trimEnd());
        expect(composeUserData(undefined, part({ privateKey: written, publicKey }))).toContain(
          JSON.stringify(checked.privateKey),
        );
      }
      for (const written of [`${publicKey.trimEnd()}\r\n`, publicKey.trimEnd(), `${publicKey.trimEnd()}  `]) {
        expect(checkedHostKey(privateKey, written).publicKey).toBe(publicKey.trimEnd());
      }
    }
  });

  it("is refused by OpenSSH without the line break that it gets here", () => {
    const { privateKey, publicKey } = generateHostKey();
    expect(loadedByOpenSsh(privateKey.trimEnd())).not.toBe(publicKey);
  });

  const own = generateHostKey();
  const other = generateHostKey();
  const { privateKey, publicKey } = own;

  it.each<readonly [string, unknown, RegExp]>([
    ["nothing", {}, /given a host key without privateKey or publicKey as text;/],
    ["numbers", { privateKey: 1, publicKey: 2 }, /as text;/],
    [
      "the halves the other way round",
      { privateKey: publicKey, publicKey: privateKey },
      /privateKey does not stand between/,
    ],
    ["the private key twice", { privateKey, publicKey: privateKey }, /publicKey is not one line/],
    [
      "the public key of another",
      { privateKey, publicKey: other.publicKey },
      /does not belong to its privateKey/,
    ],
    ["a comment of two lines", { privateKey, publicKey: `${publicKey} a\nb` }, /publicKey is not one line/],
    [
      "a control character in the comment",
      { privateKey, publicKey: `${publicKey} a\x7f` },
      /publicKey is not one line/,
    ],
    ["options before it", { privateKey, publicKey: `no-pty ${publicKey}` }, /publicKey is not one line/],
    [
      "a public key without its type within",
      { privateKey, publicKey: "ssh-ed25519 AAAA" },
      /publicKey is not one line/,
    ],
    ["half a character", { privateKey: "\ud800", publicKey }, /does not stand between/],
    [
      "a control character",
      { privateKey: privateKey.replace("b3Bl", "b3B\x7f"), publicKey },
      /does not stand between/,
    ],
    ["a space before it", { privateKey: ` ${privateKey}`, publicKey }, /does not stand between/],
    ["text behind it", { privateKey: `${privateKey}x`, publicKey }, /does not stand between/],
    [
      "base64 that is cut short",
      { privateKey: privateKey.replace(/.\n-----END/, "\n-----END"), publicKey },
      /does not stand between/,
    ],
    [
      "another format",
      { privateKey: privateKey.replaceAll("OPENSSH ", ""), publicKey },
      /does not stand between/,
    ],
    [
      "something else in the armor",
      { privateKey: changed(privateKey, () => Buffer.from("own")), publicKey },
      /privateKey is damaged/,
    ],
    [
      "a key that is cut short",
      { privateKey: changed(privateKey, (blob) => blob.subarray(0, -8)), publicKey },
      /privateKey is damaged/,
    ],
    [
      "more behind the key",
      { privateKey: changed(privateKey, (blob) => Buffer.concat([blob, Buffer.alloc(8)])), publicKey },
      /is damaged/,
    ],
    [
      "another comment or padding",
      { privateKey: flipped(privateKey, 1), publicKey },
      /privateKey is damaged/,
    ],
    ["another public half", { privateKey: flipped(privateKey, 12), publicKey }, /privateKey is damaged/],
    ["another private half", { privateKey: flipped(privateKey, 60), publicKey }, /privateKey is damaged/],
  ])("is refused: %s", (_, hostKey, given) => {
    expect(refusal(hostKey)).toMatch(given);
    expect(refusal(hostKey)).toMatch(/instead: what ssh-keygen -t ed25519 -N '' writes into its two files$/);
  });

  it("is refused in another type, another format, or with a passphrase", () => {
    expect(refusal(made("rsa", "-t", "rsa", "-b", "2048"))).toMatch(
      /publicKey is not one line|of another type/,
    );
    const ecdsa = made("ecdsa", "-t", "ecdsa");
    expect(refusal({ ...ecdsa, publicKey })).toMatch(/a host key of another type than ssh-ed25519;/);
    expect(refusal(made("pem", "-t", "rsa", "-b", "2048", "-m", "PEM"))).toMatch(/does not stand between/);
    expect(refusal(made("locked", "-t", "ed25519", "-N", "hunter2"))).toMatch(/a host key with a passphrase/);
  });

  it("is never shown by a message", () => {
    const secrets = [privateKey, privateKey.split("\n")[2] ?? "", publicKey.split(" ")[1] ?? ""];
    for (const key of [
      { privateKey: `x${privateKey}`, publicKey },
      { privateKey, publicKey: `${publicKey}\x00` },
      { privateKey, publicKey: other.publicKey },
      { privateKey: flipped(privateKey, 60), publicKey },
    ]) {
      const message = refusal(key);
      expect(secrets.filter((secret) => message.includes(secret))).toEqual([]);
    }
  });
});
