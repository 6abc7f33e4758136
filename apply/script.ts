import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The script that tunes a host, for `sh -s` on it: one POSIX sh script, the same over every channel. */
export function applyScript(): string {
  return readFileSync(join(__dirname, "listen-backlog-apply.sh"), "utf8");
}

/** The script that has a host put its earlier values back, for the machine that runs Pulumi. */
export function restoreScript(): string {
  return readFileSync(join(__dirname, "listen-backlog-restore.sh"), "utf8");
}
