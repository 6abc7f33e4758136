import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { HostKeyPair } from "../cloudinit";

const KEY_TYPE = "ssh-ed25519";

/**
 * Makes an ed25519 SSH host key in the formats that sshd reads. Node makes the key; this only writes it down the way
 * OpenSSH does ("openssh-key-v1", PROTOCOL.key in its source), which Node cannot.
 */
export function generateHostKey(): HostKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const seed = fromJwk(privateKey.export({ format: "jwk" }).d);
  const point = fromJwk(publicKey.export({ format: "jwk" }).x);
  const publicBlob = Buffer.concat([sshString(KEY_TYPE), sshString(point)]);
  return {
    privateKey: pem(privateBlob(seed, point, publicBlob)),
    publicKey: `${KEY_TYPE} ${publicBlob.toString("base64")}`,
  };
}

function privateBlob(seed: Buffer, point: Buffer, publicBlob: Buffer): Buffer {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    sshString(KEY_TYPE),
    sshString(point),
    sshString(Buffer.concat([seed, point])),
    sshString(""),
  ]);
  // Padded with 1, 2, 3 ... to the block size of the cipher, which is 8 for "none".
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  return Buffer.concat([
    Buffer.from("openssh-key-v1\0", "ascii"),
    sshString("none"),
    sshString("none"),
    sshString(""),
    uint32(1),
    sshString(publicBlob),
    sshString(Buffer.concat([secret, padding])),
  ]);
}

function pem(blob: Buffer): string {
  const lines = blob.toString("base64").replace(/.{70}/g, "$&\n").trimEnd();
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function fromJwk(field: string | undefined): Buffer {
  if (field === undefined) {
    throw new TypeError("the generated key lacks a field");
  }
  return Buffer.from(field, "base64url");
}
