import * as fs from "node:fs";
import * as path from "node:path";
import { generateHostKey } from "../components/host-key";
import type { Lab } from "./identity";

/** The key pair of the one who runs the lab: the servers let it in, and verification connects with it. */
export interface OperatorKey {
  readonly publicKey: string;
  readonly privateKey: string;
  /** The file of the private key, for the ssh command. */
  readonly file: string;
}

/** Reads the lab's key pair, and makes it the first time. */
export function operatorKey(lab: Lab): OperatorKey {
  const file = path.join(lab.dir, "operator-key");
  if (!fs.existsSync(`${file}.pub`)) {
    const pair = generateHostKey();
    fs.writeFileSync(file, pair.privateKey, { mode: 0o600 });
    // Written last and in one step: where it is, the pair is whole.
    fs.writeFileSync(`${file}.pub.new`, `${pair.publicKey}\n`);
    fs.renameSync(`${file}.pub.new`, `${file}.pub`);
  }
  return {
    file,
    privateKey: fs.readFileSync(file, "utf8"),
    publicKey: fs.readFileSync(`${file}.pub`, "utf8").trim(),
  };
}
