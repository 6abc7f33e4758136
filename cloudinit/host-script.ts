import type { WantedSetting } from "../backlog/resolve";
import { relistenLines, SAY, SYSTEM_PATH, type RelistenStep } from "./relisten-script";
import { shellQuote } from "./shell-quote";

/** The second line of the script, by which a later declaration finds the one that it replaces. */
export const SCRIPT_MARK = "# Written by listen-backlog: change the declaration, not this script.";

const SETTING = `setting() {
  got=$(sysctl -n "$1" 2>/dev/null | tr '\\t' ' ')
  if [ "$got" = "$2" ]; then
    say "$1 = $got"
  else
    say "$1 is \${got:-missing}, wanted $2"
  fi
  if grep -Eq "^[[:space:]]*-?[[:space:]]*$3[[:space:]]*=" /etc/sysctl.conf 2>/dev/null; then
    say "$1 is also in /etc/sysctl.conf, which sysctl --system reads last: remove it there"
  fi
}`;

/** What our file on the host is, and holds. */
export interface SysctlFile {
  readonly path: string;
  readonly content: string;
}

/**
 * The script that applies our file on the host, POSIX sh. cloud-init runs scripts by name, and this one gets a name behind all
 * others: what the user's scripts install is there, and what they set is set. It writes the file once more, because `write_files`
 * stops at the first file that it cannot write, such as one of an owner who is not there yet, and ours comes last. It reads back,
 * because exit codes of `sysctl` prove nothing, and leaves one plain line for each key and unit in
 * `/var/log/cloud-init-output.log`. It never fails: the boot goes on, and verification is what judges.
 */
export function renderHostScript(
  file: SysctlFile,
  settings: readonly WantedSetting[],
  relisten: readonly RelistenStep[],
): string {
  const path = shellQuote(file.path);
  const lines = [
    "#!/bin/sh",
    SCRIPT_MARK,
    SYSTEM_PATH,
    SAY,
    SETTING,
    "umask 022",
    "mkdir -p /etc/sysctl.d",
    // No line of a sysctl file is this word: each has a sign or an equals sign.
    `cat > ${path} <<'END'\n${file.content}END`,
    `sysctl -e -p ${path} >/dev/null 2>&1`,
    ...settings.map(
      ({ key, value }) =>
        `setting ${[key, value.replace(/\t/g, " "), keyPattern(key)].map(shellQuote).join(" ")}`,
    ),
    ...relistenLines(relisten),
    "exit 0",
  ];
  return `${lines.join("\n")}\n`;
}

/** Either spelling of a key, with dots or with slashes, as an extended regular expression. */
function keyPattern(key: string): string {
  return key.replace(/[^A-Za-z0-9_-]/g, (sign) => (sign === "." || sign === "/" ? "[./]" : `[${sign}]`));
}

/**
 * The commands that set the values as early as cloud-init can, for `bootcmd`: once for an instance, because later boots take
 * them from the file. Strings, because bootcmd is one script: ours keep the exit code of the user's command before them, by
 * which cloud-init judges the whole, and go on under a `set -e` of the user's.
 */
export function earlyCommands(settings: readonly WantedSetting[]): string[] {
  return [
    "listen_backlog=$?",
    ...settings.map(({ key, value }) => {
      // The value is a part of the name: another declaration on the same instance is another act.
      const name = `listen-backlog-${key}_${value}`.replace(/[^A-Za-z0-9.]+/g, "-");
      return `cloud-init-per instance ${name} sysctl -e -q -w ${shellQuote(`${key}=${value}`)} >/dev/null 2>&1 || :`;
    }),
    "(exit $listen_backlog)",
  ];
}
