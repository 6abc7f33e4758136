import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AROUND_SOCKET } from "../cloudinit/relisten-script";
import { probeScript } from "../probe/script";

/** Functions that the script shares, each in the place of one line of it: with the user data of new servers, and with the probe. */
const SHARED: readonly (readonly [line: string, text: () => string])[] = [
  ["# @AROUND_SOCKET@\n", () => `${AROUND_SOCKET}\n`],
  // Both are given the same names and numbers.
  [
    "# @NUMBERS_AND_WORDS@\n",
    () => between(probeScript(), "# ---- numbers and words\n", "\n# ---- what is given\n"),
  ],
  // Both must read sysctl.d in the same way.
  [
    "# @KEYS_AND_PATTERNS@\n",
    () => between(probeScript(), "# ---- keys and patterns\n", "\n# ---- sysctl.d\n"),
  ],
];

/** The script that tunes a host, for `sh -s` on it: one POSIX sh script, the same over every channel. */
export function applyScript(): string {
  const script = readFileSync(join(__dirname, "listen-backlog-apply.sh"), "utf8");
  return SHARED.reduce((text, [line, shared]) => {
    const [before, after] = halves(text, line);
    return `${before}${shared()}${after}`;
  }, script);
}

function between(text: string, start: string, end: string): string {
  return halves(halves(text, start)[1], end)[0];
}

function halves(text: string, middle: string): readonly [string, string] {
  const [before, after, ...more] = text.split(middle);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error("the scripts have another form than this version; install the package anew");
  }
  return [before, after];
}

/** The script that has a host put its earlier values back, for the machine that runs Pulumi. */
export function restoreScript(): string {
  return readFileSync(join(__dirname, "listen-backlog-restore.sh"), "utf8");
}
