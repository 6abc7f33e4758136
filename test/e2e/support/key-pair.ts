import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** An Ed25519 key pair as ssh-keygen writes it, without a passphrase. */
export interface KeyPair {
  /** The private key's file; the public one stands beside it. */
  readonly file: string;
  readonly privateKey: string;
  /** One line, without its end. */
  readonly publicKey: string;
}

/** Makes one in a folder, under a name that is its comment too. */
export function newKeyPair(folder: string, name: string): KeyPair {
  const file = path.join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
  return {
    file,
    privateKey: fs.readFileSync(file, "utf8"),
    publicKey: fs.readFileSync(`${file}.pub`, "utf8").trimEnd(),
  };
}
