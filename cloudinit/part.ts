import type { WantedSetting } from "../backlog/resolve";
import { renderSysctlFile } from "../backlog/sysctld";
import { MIME_TYPES } from "./form";
import type { HostKeyPair } from "./host-key-pair";
import { earlyCommands, renderHostScript, type SysctlFile } from "./host-script";
import type { MimePart } from "./mime";
import type { RelistenStep } from "./relisten-script";
import { scriptNameBehind } from "./script-name";
import { SYSCTL_FILE_NAME, sysctlFilePath } from "./sysctl-file";

/** What our parts of the user data do on the host. */
export interface TuningPart {
  /** What the file holds, and what is applied. */
  readonly settings: readonly WantedSetting[];
  /** The services that listen again once the settings are in force. */
  readonly relisten: readonly RelistenStep[];
  /** The SSH host key that the host gets. Default: none, cloud-init generates keys as ever. */
  readonly hostKey?: HostKeyPair;
  /**
   * Whether `bootcmd` sets the values already, before most services start, on the first boot. `listen()` keeps what it got, so
   * without it a service that starts before the end of the boot is cut until it listens again. Default `true`.
   */
  readonly early?: boolean;
  /** The name of our file in `/etc/sysctl.d`. Default {@link SYSCTL_FILE_NAME}; one that sorts lower may lose to other files. */
  readonly fileName?: string;
}

/** What composing has to keep clear of: what our parts write, and what they need to run. */
export interface OwnNeeds {
  /** Our file on the host. */
  readonly file: string;
  /** Whether ours has a `bootcmd`. */
  readonly bootcmd: boolean;
  /** Whether ours has a host key. */
  readonly hostKey: boolean;
}

export function needsOf(part: TuningPart): OwnNeeds {
  return {
    file: sysctlFilePath(part.fileName ?? SYSCTL_FILE_NAME),
    bootcmd: (part.early ?? true) && part.settings.length > 0,
    hostKey: part.hostKey !== undefined,
  };
}

/**
 * Our parts: a cloud-config that writes the file, and a script that applies it. It is no `runcmd`, because all `runcmd` is one
 * script, and an `exit` of the user's in it would end ours.
 *
 * @param scriptName the name of the script, behind those of the user's scripts, because cloud-init runs them by name
 */
export function tuningParts(part: TuningPart, scriptName = scriptNameBehind([])): MimePart[] {
  const file = { path: needsOf(part).file, content: renderFile(part.settings) };
  return [
    {
      contentType: MIME_TYPES["cloud-config"],
      fileName: "99-zz-listen-backlog.cfg",
      content: renderTuningConfig(part, file),
    },
    {
      contentType: MIME_TYPES["shell-script"],
      fileName: scriptName,
      content: renderHostScript(file, part.settings, part.relisten),
    },
  ];
}

/**
 * Our cloud-config. JSON is YAML, and needs no quoting rules. `merge_how` adds to the lists of the user's own cloud-config:
 * without it, ours would replace them.
 */
function renderTuningConfig(part: TuningPart, file: SysctlFile): string {
  const document = {
    merge_how: [
      { name: "list", settings: ["append"] },
      { name: "dict", settings: ["no_replace", "recurse_list"] },
    ],
    ...(needsOf(part).bootcmd && { bootcmd: earlyCommands(part.settings) }),
    write_files: [{ path: file.path, owner: "root:root", permissions: "0644", content: file.content }],
    ...(part.hostKey && {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: part.hostKey.privateKey, ed25519_public: part.hostKey.publicKey },
    }),
  };
  return `#cloud-config\n${JSON.stringify(document, null, 2)}\n`;
}

/** The first line of our file, by which a later declaration knows the file of the one that it replaces. */
export const FILE_MARK = "Written by listen-backlog: change the declaration, not this file.";

function renderFile(settings: readonly WantedSetting[]): string {
  return renderSysctlFile(Object.fromEntries(settings.map(({ key, value }) => [key, value])), [FILE_MARK]);
}
