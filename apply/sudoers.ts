import type { ResolvedDeclaration } from "../backlog/resolve";
import { sysctlFilePath } from "../cloudinit/sysctl-file";

/** For whom the lines are. */
export interface SudoersOptions {
  /** The user that connects: a Linux user name. */
  readonly user: string;
  /** The name of our file in `/etc/sysctl.d`. */
  readonly fileName: string;
}

/**
 * The lines for `/etc/sudoers.d` that let a user without other privileges tune a host as declared: exactly the commands that the apply
 * script may run, and no other argument to them. Who may write a file that sysctl applies can become root with effort: the list
 * keeps mistakes small, it does not make an untrusted user safe.
 *
 * @throws RangeError for a user name that sudoers could read as something else
 */
export function renderSudoers(declaration: ResolvedDeclaration, { user, fileName }: SudoersOptions): string {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) {
    throw new RangeError("user: allowed: a Linux user name of a-z, 0-9, _ and -; instead: admin");
  }
  const file = sysctlFilePath(fileName);
  const draft = file.replace(/[^/]+$/, (name) => `.${name}.new`);
  const commands = [
    `/usr/bin/rm -f ${draft}`,
    `/usr/bin/tee ${draft}`,
    `/usr/bin/chmod 0644 ${draft}`,
    `/usr/bin/mv -f ${draft} ${file}`,
    `/usr/bin/rm -f ${file}`,
    `/usr/sbin/sysctl -q -p ${file}`,
    `/usr/sbin/sysctl -q -p ${draft}`,
    // Only asked for where SELinux is on.
    `/usr/sbin/restorecon ${draft}`,
    ...declaration.services.flatMap(({ unit, relisten }) =>
      unit === undefined || relisten === "none" ? [] : unitCommands(unit, relisten),
    ),
  ];
  const lines = [...new Set(commands)].map((command) => command.replace(/[,:=\\]/g, "\\$&"));
  return `Cmnd_Alias LISTEN_BACKLOG = \\\n  ${lines.join(", \\\n  ")}\n${user} ALL=(root) NOPASSWD: LISTEN_BACKLOG\n`;
}

/** What the apply script runs for a unit: of a socket that starts a service also what stops and starts that one. */
function unitCommands(unit: string, relisten: "restart" | "reload"): string[] {
  if (!unit.endsWith(".socket")) {
    return [`/usr/bin/systemctl ${relisten} ${unit}`];
  }
  const service = unit.replace(/\.socket$/, ".service");
  return ["stop", "start"].flatMap((verb) =>
    [unit, service].map((one) => `/usr/bin/systemctl ${verb} ${one}`),
  );
}
