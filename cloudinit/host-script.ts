import type { WantedSetting } from "../backlog/resolve";
import { showGiven } from "../backlog/finding";
import { isUnitName } from "../backlog/validate";
import { shellQuote } from "./shell-quote";
import { UserDataError } from "./user-data-error";

/** A service that must call `listen()` again once the settings are in force. */
export interface RelistenStep {
  /** systemd unit with its suffix. */
  readonly unit: string;
  readonly how: "restart" | "reload";
}

// Only a running unit is touched: nothing else can have a listening socket, and a job for a unit that still waits for
// cloud-init would wait for itself.
const FUNCTIONS = `PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
say() { printf 'listen-backlog: %s\\n' "$*"; }
setting() {
  got=$(sysctl -n "$1" 2>/dev/null | tr '\\t' ' ')
  if [ "$got" = "$2" ]; then
    say "$1 = $got"
  else
    say "$1 is \${got:-missing}, wanted $2"
  fi
  if grep -Eq "^[[:space:]]*-?[[:space:]]*$3[[:space:]]*=" /etc/sysctl.conf 2>/dev/null; then
    say "$1 is also in /etc/sysctl.conf, which sysctl --system reads last: remove it there"
  fi
}
relisten() {
  state=$(systemctl is-active "$2" 2>/dev/null)
  if [ "$state" != active ]; then
    say "$2 is \${state:-unknown}: no $1"
  elif timeout 120 systemctl "$1" "$2" >/dev/null 2>&1; then
    say "$2: $1 done"
  else
    say "$2: $1 failed"
  fi
}`;

/**
 * The script that applies our file on the host, POSIX sh. cloud-init runs scripts by name, and this name sorts after all
 * usual ones: what the user's scripts install is there, and what they set is set. It reads back, because exit codes of `sysctl` prove nothing, and leaves one
 * plain line for each key and unit in `/var/log/cloud-init-output.log`. It never fails: the boot goes on, and verification
 * is what judges.
 */
export function renderHostScript(
  file: string,
  settings: readonly WantedSetting[],
  relisten: readonly RelistenStep[],
): string {
  const lines = [
    "#!/bin/sh",
    FUNCTIONS,
    `sysctl -e -p ${shellQuote(file)} >/dev/null 2>&1`,
    ...settings.map(
      ({ key, value }) =>
        `setting ${[key, value.replace(/\t/g, " "), keyPattern(key)].map(shellQuote).join(" ")}`,
    ),
    ...relisten.map(relistenLine),
    "exit 0",
  ];
  return `${lines.join("\n")}\n`;
}

/** @throws {@link UserDataError} for a unit or a way that no declaration could hold: this ends up in a script that root runs */
function relistenLine({ unit, how }: RelistenStep): string {
  if (!isUnitName(unit)) {
    throw new UserDataError(
      `the unit ${showGiven(unit)} to re-listen`,
      "a systemd unit name with .service or .socket",
      "nginx.service",
    );
  }
  const way: string = how;
  if (way !== "restart" && way !== "reload") {
    throw new UserDataError(`the way ${showGiven(way)} to re-listen ${unit}`, "restart or reload", "restart");
  }
  return `relisten ${way} ${shellQuote(unit)}`;
}

/** Either spelling of a key, with dots or with slashes, as an extended regular expression. */
function keyPattern(key: string): string {
  return key.replace(/[^A-Za-z0-9_-]/g, (sign) => (sign === "." || sign === "/" ? "[./]" : `[${sign}]`));
}

/**
 * The command that sets the values as early as cloud-init can, for `bootcmd`: once for an instance, because later boots take
 * them from the file. A string, because bootcmd is one script: ours keeps the exit code of the user's command before it, by
 * which cloud-init judges the whole.
 */
export function earlyCommand(settings: readonly WantedSetting[]): string {
  const pairs = settings.map(({ key, value }) => shellQuote(`${key}=${value}`)).join(" ");
  const each = `'for pair; do sysctl -e -q -w "$pair"; done; exit 0'`;
  return `listen_backlog=$?; cloud-init-per instance listen-backlog sh -c ${each} listen-backlog ${pairs} >/dev/null 2>&1; (exit $listen_backlog)`;
}
