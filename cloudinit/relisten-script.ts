import { showGiven } from "../backlog/finding";
import { isUnitName } from "../backlog/validate";
import { shellQuote } from "./shell-quote";
import { UserDataError } from "./user-data-error";

/** A service that must call `listen()` again once the settings are in force. */
export interface RelistenStep {
  /** systemd unit with its suffix, `.service` or `.socket`. */
  readonly unit: string;
  /** How it listens again. A socket unit knows no reload: it is restarted in either case. */
  readonly how: "restart" | "reload";
}

/** Finds the system's commands wherever they are, also where a login has none of their folders in its PATH. */
export const SYSTEM_PATH = "PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin";

/** One plain line for the log. */
export const SAY = `say() { printf 'listen-backlog: %s\\n' "$*"; }`;

// Only a running unit is touched: nothing else can have a listening socket, and a job for a unit that still waits for
// cloud-init would wait for itself.
const RELISTEN = `relisten() {
  state=$(systemctl is-active "$2" 2>/dev/null)
  if [ "$state" != active ]; then
    say "$2 is \${state:-unknown}: no $1"
  elif timeout 120 systemctl "$1" "$2" >/dev/null 2>&1; then
    say "$2: $1 done"
  else
    say "$2: $1 failed"
  fi
}`;

// systemd refuses to restart a socket unit while the service that it serves is active, and leaves the socket closed. So both are
// stopped, the socket first, because a client could start the service again through it; and what was active is started again,
// with the units that systemd stops together with these. Naming several units in one restart does not do: they are several jobs,
// and the first is tried before the second is there. With Accept=yes each connection has a service of its own, which does not
// hold the listening socket.
/**
 * What has to be stopped and started with a socket unit, as a shell function: `$served`, the services that it starts, and `$active`, the
 * units that run now and would not afterwards. Whatever lets a socket unit listen again asks this one.
 */
export const AROUND_SOCKET = `around_socket() {
  served=
  if [ "$(systemctl show -p Accept "$1")" = Accept=no ]; then
    served=$(systemctl show -p Triggers "$1")
    served=\${served#Triggers=}
  fi
  active=
  for other in $served $(systemctl show -p RequiredBy -p BoundBy -p ConsistsOf "$1" $served | sed 's/^[A-Za-z]*=//'); do
    if systemctl -q is-active "$other"; then
      active="$active $other"
    fi
  done
}`;

const RELISTEN_SOCKET = `relisten_socket() {
  state=$(systemctl is-active "$1" 2>/dev/null)
  if [ "$state" != active ]; then
    say "$1 is \${state:-unknown}: no restart"
    return
  fi
  around_socket "$1"
  timeout 120 systemctl stop "$1" $served >/dev/null 2>&1
  if timeout 120 systemctl start "$1" $active >/dev/null 2>&1; then
    say "$1: restart done"
  else
    say "$1: restart failed"
  fi
}`;

/**
 * The shell text, POSIX sh, that lets units listen again one after the other, and says what came of each in one line
 * `listen-backlog: UNIT: restart done`. It needs root and never fails: what the sockets have in the end is what judges. Works by
 * itself, and inside of another script.
 *
 * @returns empty text where there is nothing to do
 * @throws UserDataError for a unit or a way that no declaration could hold: this is run by root
 */
export function relistenScript(steps: readonly RelistenStep[]): string {
  return steps.length === 0 ? "" : [SYSTEM_PATH, SAY, ...relistenLines(steps), ""].join("\n");
}

/** The same as lines of a script that has {@link SYSTEM_PATH} and {@link SAY} already. */
export function relistenLines(steps: readonly RelistenStep[]): string[] {
  const calls = steps.map(callFor);
  const has = (name: string): boolean => calls.some((call) => call.startsWith(`${name} `));
  return [
    ...(has("relisten") ? [RELISTEN] : []),
    ...(has("relisten_socket") ? [AROUND_SOCKET, RELISTEN_SOCKET] : []),
    ...calls,
  ];
}

function callFor({ unit, how }: RelistenStep): string {
  if (typeof unit !== "string" || !isUnitName(unit)) {
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
  return unit.endsWith(".socket")
    ? `relisten_socket ${shellQuote(unit)}`
    : `relisten ${way} ${shellQuote(unit)}`;
}
