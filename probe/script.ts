import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The probe: one POSIX sh script, the same over every channel. */
export function probeScript(): string {
  return readFileSync(join(__dirname, "listen-backlog-probe.sh"), "utf8");
}
