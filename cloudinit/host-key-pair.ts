import { createPrivateKey, createPublicKey } from "node:crypto";
import { decodeBase64 } from "./decode";
import { UserDataError } from "./user-data-error";

/** The SSH host key of a server, so that the first connection can already be checked. */
export interface HostKeyPair {
  /** Ed25519 private key without a passphrase, in the format that OpenSSH writes. */
  readonly privateKey: string;
  /** The public key that belongs to it, `ssh-ed25519 AAAA...`; a comment may follow. */
  readonly publicKey: string;
}

const TYPE = "ssh-ed25519";
/** Bytes of an ed25519 key, of either half. */
const LENGTH = 32;
const ALLOWED = "an ed25519 key pair in OpenSSH's format, without a passphrase, or no hostKey";
const FIX = "what ssh-keygen -t ed25519 -N '' writes into its two files";

/**
 * The pair as OpenSSH's server reads it: lines that end with LF, and exactly one line break behind the private key, without which OpenSSH
 * refuses the file.
 *
 * @throws UserDataError for what sshd would not load as an ed25519 host key, and for halves that do not belong together. No message
 *   holds anything of a key.
 */
export function checkedHostKey(privateKey: unknown, publicKey: unknown): HostKeyPair {
  if (typeof privateKey !== "string" || typeof publicKey !== "string") {
    throw refusal("a host key without privateKey or publicKey as text");
  }
  const blob = privateBlob(privateKey);
  const [, base64 = "", comment = ""] =
    /^ssh-ed25519 ([A-Za-z0-9+/]+={0,2})( [\x20-\x7e]*)?(?:\r?\n)?$/.exec(publicKey) ?? [];
  const given = decodeBase64(base64);
  if (given === undefined || point(given) === undefined) {
    throw refusal(`a host key whose publicKey is not one line "${TYPE} BASE64"`);
  }
  if (!given.equals(publicBlobOf(blob))) {
    throw refusal("a host key whose publicKey does not belong to its privateKey");
  }
  return {
    privateKey: privateKey.replaceAll("\r\n", "\n").replace(/\n*$/, "\n"),
    publicKey: `${TYPE} ${base64}${comment.trimEnd()}`,
  };
}

function refusal(given: string): UserDataError {
  return new UserDataError(given, ALLOWED, FIX);
}

/** What the armor of a private key holds. */
function privateBlob(privateKey: string): Buffer {
  const body =
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END OPENSSH PRIVATE KEY-----\n*$/.exec(
      privateKey.replaceAll("\r\n", "\n"),
    )?.[1];
  const blob = body === undefined ? undefined : decodeBase64(body);
  if (blob === undefined) {
    throw refusal(
      "a host key whose privateKey does not stand between the lines BEGIN and END OPENSSH PRIVATE KEY",
    );
  }
  return blob;
}

/** The public key within a private one, which must be one that sshd can load. Source: PROTOCOL.key of OpenSSH. */
function publicBlobOf(blob: Buffer): Buffer {
  const reader = new Reader(blob);
  const isOpenSsh = reader.bytes(MAGIC.length)?.equals(MAGIC) === true;
  const [cipher, kdf, options] = [reader.string(), reader.string(), reader.string()];
  const count = reader.number();
  const [publicBlob, secret] = [reader.string(), reader.string()];
  if (!isOpenSsh || options === undefined || count !== 1 || publicBlob === undefined) {
    throw refusal("a host key whose privateKey is damaged");
  }
  if (cipher?.toString("latin1") !== "none" || kdf?.toString("latin1") !== "none") {
    throw refusal("a host key with a passphrase, which nobody could type on the server");
  }
  const publicPoint = point(publicBlob);
  if (publicPoint === undefined) {
    throw refusal(`a host key of another type than ${TYPE}`);
  }
  if (secret === undefined || !reader.done || !isSecretOf(secret, publicPoint)) {
    throw refusal("a host key whose privateKey is damaged");
  }
  return publicBlob;
}

const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");

function isSecretOf(secret: Buffer, publicPoint: Buffer): boolean {
  const reader = new Reader(secret);
  const [check, again] = [reader.number(), reader.number()];
  const [type, shown, pair, comment] = [reader.string(), reader.string(), reader.string(), reader.string()];
  const padding = reader.rest();
  return (
    check !== undefined &&
    check === again &&
    type?.toString("latin1") === TYPE &&
    shown?.equals(publicPoint) === true &&
    pair?.length === 2 * LENGTH &&
    pair.subarray(LENGTH).equals(publicPoint) &&
    derived(pair.subarray(0, LENGTH)).equals(publicPoint) &&
    comment !== undefined &&
    secret.length % BLOCK === 0 &&
    padding.length < BLOCK &&
    padding.every((byte, index) => byte === index + 1)
  );
}

/** What a private key without a cipher is padded to a multiple of. */
const BLOCK = 8;

/** An ed25519 key in PKCS #8, up to its 32 bytes. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** The public key of a private one. */
function derived(seed: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-LENGTH);
}

/** The 32 bytes of a public key; undefined for a key of another type. */
function point(publicBlob: Buffer): Buffer | undefined {
  const reader = new Reader(publicBlob);
  const type = reader.string()?.toString("latin1");
  const found = reader.string();
  return type === TYPE && found?.length === LENGTH && reader.done ? found : undefined;
}

/** Takes apart what SSH writes: strings behind their lengths. */
class Reader {
  private at = 0;

  constructor(private readonly blob: Buffer) {}

  get done(): boolean {
    return this.at === this.blob.length;
  }

  bytes(length: number): Buffer | undefined {
    const found = this.blob.subarray(this.at, this.at + length);
    this.at += found.length;
    return found.length === length ? found : undefined;
  }

  number(): number | undefined {
    return this.bytes(4)?.readUInt32BE(0);
  }

  string(): Buffer | undefined {
    const length = this.number();
    return length === undefined ? undefined : this.bytes(length);
  }

  rest(): Buffer {
    return this.blob.subarray(this.at);
  }
}
