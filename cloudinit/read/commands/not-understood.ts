import { isSysctlFile } from "../files";
import { HOLE, placeIn } from "../source";
import type { Status } from "../shell/shell";
import type { Call } from "./call";

/** Commands that only look, install or wait: naming a sysctl file to one of them changes nothing. */
const HARMLESS = new Set(
  (
    "test [ grep egrep fgrep ls head tail wc diff cmp stat file logger which type hash md5sum sha256sum chown chgrp restorecon " +
    "apt apt-get yum dnf apk zypper rpm dpkg sleep wait date id hostname uname useradd usermod groupadd find sort uniq cut tr awk " +
    "systemd-analyze journalctl getent dirname basename realpath readlink sync df du free mount swapon mkswap modprobe lsmod kill pgrep"
  ).split(" "),
);

/** What they set, they set inside of a container: it is read from their command line. */
const CONTAINER_ENGINES = new Set(["docker", "podman", "nerdctl"]);

const ABOUT_SETTINGS = /\bsysctl\b|somaxconn|sysctl\.d|\/proc\/sys\/(?:net|vm|fs)\/|tuned-adm/;

/** A command that this reader does not follow: what it prints is not known, and what it is given may be changed by it. */
export function notUnderstood(call: Call): Status {
  const { shell, name, fields, line, output } = call;
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  output({ text: HOLE, source: shell.sourceOf(line), doubt: call.doubt });
  if (HARMLESS.has(base)) {
    return "unclear";
  }
  const place = placeIn(shell.source, line);
  const paths = fields.flatMap(({ text }) => {
    const path = text.includes("sysctl") || shell.directory !== "/" ? shell.path(text) : undefined;
    return path !== undefined && isSysctlFile(path) ? [path] : [];
  });
  for (const path of paths) {
    changedSomehow(call, path);
  }
  if (
    paths.length === 0 &&
    !CONTAINER_ENGINES.has(base) &&
    [name, ...fields].some(({ text }) => ABOUT_SETTINGS.test(text.slice(0, 2000)))
  ) {
    shell.machine.findings.unknownAt(call.doubt ?? "command-not-understood", place);
  }
  // A program whose text comes through a pipe, or from a file that the user data does not make.
  const reads = /^(?:python[\d.]*|perl|ruby|node)$/.test(base) && fields.every(({ text }) => text === "-");
  if (reads || /^(?:(?:ba|da|z|k)?sh|\.)$/.test(base)) {
    shell.machine.findings.unknownAt(call.doubt ?? "downloaded", place);
  }
  return "unclear";
}

/** A command changes a file in a way that is not followed. */
export function changedSomehow(call: Call, path: string, subject?: string): void {
  const { shell, line, doubt } = call;
  const { files, findings } = shell.machine;
  const why = doubt ?? "command-not-understood";
  files.doubtAll(path, why);
  if (isSysctlFile(path) || subject !== undefined) {
    findings.unknownAt(why, placeIn(shell.source, line), {
      ...(subject === undefined ? {} : { subject }),
      file: path,
    });
  }
  if (isSysctlFile(path) || files.has(path)) {
    files.append(path, { text: `${HOLE}\n`, source: shell.sourceOf(line), doubt: why }, shell.stage);
  }
}
