import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateHostKey } from "../../../components/host-key";

/** Two host keys and a private key: made once for a file of tests. */
export const HOST_KEY = generateHostKey().publicKey;
export const BASTION_KEY = generateHostKey().publicKey;
export const PRIVATE_KEY = generateHostKey().privateKey;

/** A key pair as ssh-keygen writes it. */
export function sshKeygen(...options: string[]): { privateKey: string; publicKey: string } {
  const folder = mkdtempSync(join(tmpdir(), "listen-backlog-keygen-"));
  try {
    const file = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-N", "", "-f", file, ...options]);
    return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
