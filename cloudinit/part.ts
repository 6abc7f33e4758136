import type { WantedSetting } from "../backlog/resolve";
import { renderSysctlFile } from "../backlog/sysctld";

/** Our file. It sorts after `99-sysctl.conf`, the link to `/etc/sysctl.conf`, so that it wins at boot. */
export const SYSCTL_FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";

/** A service that must call `listen()` again once the settings are in force. */
export interface RelistenStep {
  /** systemd unit with its suffix. */
  readonly unit: string;
  readonly how: "restart" | "reload";
}

/** The SSH host key of a server, so that the first connection can already be checked. */
export interface HostKeyPair {
  /** OpenSSH private key, ed25519. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` without a comment. */
  readonly publicKey: string;
}

/** What our part of the user data does on the host. */
export interface TuningPart {
  readonly settings: readonly WantedSetting[];
  readonly relisten: readonly RelistenStep[];
  readonly hostKey?: HostKeyPair;
}

// Reads back what was applied, because exit codes of sysctl prove nothing, and leaves one plain line for each key in
// /var/log/cloud-init-output.log. Never fails: the boot goes on, and verification is what judges.
const APPLY = `file=$1
shift
sysctl -e -p "$file" >/dev/null 2>&1
for pair; do
  key=\${pair%%=*}
  want=\${pair#*=}
  got=$(sysctl -n "$key" 2>/dev/null | tr '\\t' ' ')
  if [ "$got" = "$want" ]; then
    echo "listen-backlog: $key = $got"
  else
    echo "listen-backlog: $key is \${got:-missing}, wanted $want"
  fi
done`;

/**
 * Our part, as a cloud-config document. JSON is YAML, and needs no quoting rules.
 *
 * - `bootcmd` sets the values before any service starts, once per instance: `listen()` keeps what it got, so services
 *   that start before `runcmd` would be cut for good. Later boots take the values from the file.
 * - `write_files` makes them survive a reboot, `runcmd` applies the file and reads back.
 * - `merge_how` adds to the lists of the user's own cloud-config. Without it, ours would replace them.
 */
export function renderTuningPart(part: TuningPart): string {
  const pairs = part.settings.map(({ key, value }) => `${key}=${value}`);
  const document = {
    merge_how: [
      { name: "list", settings: ["append"] },
      { name: "dict", settings: ["no_replace", "recurse_list"] },
    ],
    bootcmd: [["cloud-init-per", "instance", "listen-backlog", "sysctl", "-e", "-w", ...pairs]],
    write_files: [
      { path: SYSCTL_FILE, owner: "root:root", permissions: "0644", content: renderFile(part.settings) },
    ],
    runcmd: [
      ["sh", "-c", APPLY, "listen-backlog", SYSCTL_FILE, ...pairs],
      ...part.relisten.map(({ unit, how }) => [
        "systemctl",
        how === "restart" ? "try-restart" : "reload",
        unit,
      ]),
    ],
    ...(part.hostKey && {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: part.hostKey.privateKey, ed25519_public: part.hostKey.publicKey },
    }),
  };
  return `#cloud-config\n${JSON.stringify(document, null, 2)}\n`;
}

function renderFile(settings: readonly WantedSetting[]): string {
  return renderSysctlFile(Object.fromEntries(settings.map(({ key, value }) => [key, value])), [
    "Written by listen-backlog: change the declaration, not this file.",
  ]);
}
