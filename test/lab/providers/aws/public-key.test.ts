import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { readPublicKey } from "../../../../lab/providers/aws/public-key";
import { temporaryFolder } from "../fakes";

/** A key from the real program, with its public line and the fingerprint that the program prints. */
function generate(...kind: readonly string[]): { line: string; fingerprint: string } {
  const file = path.join(temporaryFolder(), "key");
  execFileSync("ssh-keygen", ["-q", "-t", ...kind, "-N", "", "-C", "a comment", "-f", file]);
  const printed = execFileSync("ssh-keygen", ["-l", "-E", "sha256", "-f", file], { encoding: "utf8" });
  return {
    line: readFileSync(`${file}.pub`, "utf8"),
    fingerprint: /SHA256:(\S+)/.exec(printed)?.[1] ?? "",
  };
}

describe("public keys that EC2 imports", () => {
  it("are ED25519 ones, with the fingerprint of ssh-keygen", () => {
    const { line, fingerprint } = generate("ed25519");
    expect(readPublicKey(line)).toEqual({ type: "ed25519", fingerprint: `${fingerprint}=` });
  });

  it("are RSA ones, with the MD5 of the DER form", () => {
    const { line } = generate("rsa", "-b", "2048");
    const file = path.join(temporaryFolder(), "key.pub");
    execFileSync("sh", ["-c", 'printf %s "$1" >"$2"', "sh", line, file]);
    const pem = execFileSync("ssh-keygen", ["-e", "-m", "PKCS8", "-f", file], { encoding: "utf8" });
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const digest = execFileSync("md5sum", { input: der, encoding: "utf8" }).slice(0, 32);
    expect(readPublicKey(line)).toEqual({ type: "rsa", fingerprint: digest.match(/../g)?.join(":") });
  });

  it("are no ECDSA ones, and no RSA ones of odd length", () => {
    expect(readPublicKey(generate("ecdsa").line)).toBeUndefined();
    expect(readPublicKey(generate("rsa", "-b", "3072").line)).toBeUndefined();
  });

  it.each([
    "",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
    "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFVaniPTpxd74E450lO5FrGdQuRG/B+LkRp0z8q3oosj",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFVaniPTpxd74E450lO5FrGdQuRG/B+LkRp0z8q3oosj a\nssh-ed25519 b",
    "-----BEGIN PUBLIC KEY-----",
  ])("are nothing else: %j", (text) => {
    expect(readPublicKey(text)).toBeUndefined();
  });
});
