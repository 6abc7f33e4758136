import { createHash, createPublicKey } from "node:crypto";

/** A public key that EC2 imports: RSA or ED25519, in OpenSSH form. */
export interface PublicKey {
  readonly type: "rsa" | "ed25519";
  /** As EC2 shows it: MD5 of the DER form for imported RSA keys, base64 of the SHA-256 for ED25519. */
  readonly fingerprint: string;
}

/** Reads the OpenSSH form, `TYPE BASE64 [COMMENT]`; undefined for what EC2 refuses. */
export function readPublicKey(text: string): PublicKey | undefined {
  const [type, encoded = "", ...rest] = text.trim().split(/[ \t]+/);
  if (/[\r\n]/.test([encoded, ...rest].join(" ")) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    return undefined;
  }
  const blob = Buffer.from(encoded, "base64");
  const parts = fields(blob);
  if (!parts || parts[0]?.toString("latin1") !== type) {
    return undefined;
  }
  const [, first, second] = parts;
  if (type === "ssh-ed25519" && parts.length === 2 && first?.length === 32) {
    return { type: "ed25519", fingerprint: createHash("sha256").update(blob).digest("base64") };
  }
  if (type === "ssh-rsa" && parts.length === 3 && first && second) {
    return readRsa(first, second);
  }
  return undefined;
}

function readRsa(exponent: Buffer, modulus: Buffer): PublicKey | undefined {
  // EC2 takes 1024, 2048 and 4096 bits; a leading zero byte only keeps the number positive.
  const bits = (modulus[0] === 0 ? modulus.length - 1 : modulus.length) * 8;
  if (![1024, 2048, 4096].includes(bits)) {
    return undefined;
  }
  const jwk = { kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") };
  const der = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  const digest = createHash("md5").update(der).digest("hex");
  return { type: "rsa", fingerprint: (digest.match(/../g) ?? []).join(":") };
}

/** The length-prefixed fields of an SSH key blob (RFC 4253, section 6.6); undefined when they do not fill it exactly. */
function fields(blob: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    const start = at + 4;
    const end = start <= blob.length ? start + blob.readUInt32BE(at) : Infinity;
    if (end > blob.length) {
      return undefined;
    }
    found.push(blob.subarray(start, end));
    at = end;
  }
  return found;
}
