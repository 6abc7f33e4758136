import { SYSCTL_CONF_LINK } from "../files";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { notUnderstood } from "./not-understood";

/** Commands that act on whole trees of files. */
export const TREES: readonly (readonly [string, Handler])[] = [
  ["find", find],
  ["mount", mount],
  ["umount", mount],
];

/** `-delete` removes files, `-exec` runs anything for each. */
function find(call: Call): Status {
  const { shell, fields, line, doubt } = call;
  const acts = fields.findIndex(({ text }) => /^-(?:delete|exec|execdir|ok|okdir|fprint|fprint0|fprintf|fls)$/.test(text));
  if (acts < 0) {
    return notUnderstood(call);
  }
  const firstTest = fields.findIndex(({ text }) => /^[-(!]/.test(text));
  const folders = fields.slice(0, firstTest).map(({ text }) => text);
  const { files } = shell.machine;
  for (const folder of folders.length === 0 ? ["."] : folders) {
    const path = shell.path(folder);
    for (const file of files.paths().filter((name) => path === undefined || path === "/" || name === path || name.startsWith(`${path}/`))) {
      files.doubtAll(file, doubt ?? "command-not-understood");
    }
  }
  if (folders.length === 0 || folders.some((folder) => SYSCTL_CONF_LINK.startsWith(shell.path(folder) ?? "/"))) {
    files.confUnlinked ??= doubt ?? "command-not-understood";
  }
  const words = fields.slice(acts).map(({ text }) => text);
  // What only removes, or changes rights, brings nothing new.
  const only = /^-(?:exec|execdir|ok)$/.test(words[0] ?? "") && /(?:^|\/)(?:rm|chmod|chown|chgrp|ls|echo|grep|gzip)$/.test(words[1] ?? "");
  const isNear = folders.some((folder) => /^\/(?:|etc|proc|run|usr)(?:\/|$)/.test(shell.path(folder) ?? "/"));
  if (words[0] !== "-delete" && !only && (isNear || words.some((word) => /sysctl|\/etc|\/proc/.test(word)))) {
    shell.machine.loseTrack(doubt ?? "command-not-understood", shell.circumstance(line, doubt));
  }
  return "unclear";
} // prettier-ignore

/** Something else may come to lie over sysctl files, or over the settings themselves. */
function mount(call: Call): Status {
  const { shell, fields, line, doubt } = call;
  const isReadOnly = fields.some(({ text }) => /(?:^|,)ro(?:,|$)|^-[a-zA-Z]*r/.test(text));
  const paths = fields.filter(({ text }) => text.startsWith("/")).map(({ text }) => shell.path(text) ?? "/etc");
  if (paths.some((path) => /^\/(?:etc(?:\/sysctl.*)?|proc(?:\/sys.*)?|(?:usr|run)(?:.*sysctl.*)?)$/.test(path) || (path === "/" && isReadOnly))) {
    shell.machine.loseTrack(doubt ?? "command-not-understood", shell.circumstance(line, doubt));
    // What is written from now on may lie beneath, or be refused.
    shell.end(doubt ?? "command-not-understood");
    shell.machine.restarts ??= doubt ?? "command-not-understood";
  }
  return "unclear";
} // prettier-ignore
