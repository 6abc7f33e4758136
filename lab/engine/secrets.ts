import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";

import { LabError } from "../errors";
import type { LabCommand } from "./command";
import { STACK_NAME, type WorkFolder } from "./work-folder";

/** The key for the secrets in this lab's state: made once, readable for its owner only, never in the repository. */
export function providePassphrase(file: string, stackExists: boolean): string {
  if (!fs.existsSync(file)) {
    if (stackExists) {
      throw new LabError(`the key of the lab's state is gone: ${file}`, {
        fix: "put it back, or delete the lab's folder to start over",
      });
    }
    fs.writeFileSync(`${file}.new`, randomBytes(24).toString("base64url"), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }
  return file;
}

/** Puts secrets into the configuration. Encrypting costs a start of the CLI for each, so it is done only when one changed. */
export async function setSecrets(
  command: LabCommand,
  work: WorkFolder,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const fingerprint = createHash("sha256").update(JSON.stringify(secrets)).digest("hex");
  if (Object.keys(secrets).length === 0 || work.hasSecrets(fingerprint)) {
    return;
  }
  for (const [key, value] of Object.entries(secrets)) {
    await command.exec(["config", "set", "--secret", "--stack", STACK_NAME, key], {
      cwd: work.folder,
      input: value,
    });
  }
  work.rememberSecrets(fingerprint);
}
