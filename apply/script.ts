import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AROUND_SOCKET } from "../cloudinit/relisten-script";

/** Where the script has a function that the user data of new servers has as well. */
const SHARED = "# @AROUND_SOCKET@\n";

/** The script that tunes a host, for `sh -s` on it: one POSIX sh script, the same over every channel. */
export function applyScript(): string {
  const [before, after, ...more] = readFileSync(join(__dirname, "listen-backlog-apply.sh"), "utf8").split(
    SHARED,
  );
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error("listen-backlog-apply.sh has another form than this version; install the package anew");
  }
  return `${before}${AROUND_SOCKET}\n${after}`;
}

/** The script that has a host put its earlier values back, for the machine that runs Pulumi. */
export function restoreScript(): string {
  return readFileSync(join(__dirname, "listen-backlog-restore.sh"), "utf8");
}
