import { isSysctlFile } from "../files";
import { HOLE, placeIn } from "../source";
import { changesSettings } from "../shell/about-settings";
import type { Status } from "../shell/streams";
import type { Call } from "./call";
import { touched } from "./touched";

/** Commands that only look, install or wait: naming a sysctl file to one of them changes nothing. */
const HARMLESS = new Set(
  (
    "test [ grep egrep fgrep ls head tail wc diff cmp stat file logger which type hash md5sum sha256sum chown chgrp restorecon " +
    "apt apt-get yum dnf apk zypper rpm dpkg sleep wait date id hostname uname useradd usermod groupadd uniq cut tr awk " +
    "systemd-analyze journalctl getent dirname basename realpath readlink sync df du free swapon mkswap modprobe lsmod pgrep " +
    "command find sort mktemp seq expr jq true false cloud-init tput clear ps ss netstat ip ping curl"
  ).split(" "),
);

/** What they set, they set inside of a container: it is read from their command line. */
const CONTAINER_ENGINES = new Set(["docker", "podman", "nerdctl"]);

const ABOUT_SETTINGS = /\bsysctl\b|somaxconn|sysctl\.d|\/proc\/sys\/(?:net|vm|fs)\/|tuned-adm/;
/** Commands that run what they read: other shells, other languages, other times and other hosts. */
const RUNS_ITS_INPUT =
  /^(?:(?:ba|da|z|k|a)?sh|busybox|python[\d.]*|perl|ruby|node|php|xargs|parallel|at|batch|crontab|ssh|su|sudo|doas|chroot|nsenter|unshare|systemd-run|script|expect|tclsh|lua|awk|env|runuser|setpriv|flock)$/;
/** Commands that never end by themselves. */
const ENDLESS: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  sleep: (words) => words.some((word) => /^inf/i.test(word)),
  tail: (words) => words.some((word) => /^-[a-zA-Z]*[fF]|^--follow/.test(word)),
  journalctl: (words) => words.some((word) => /^-[a-zA-Z]*f|^--follow/.test(word)),
  yes: () => true,
  watch: () => true,
};

/** A command that this reader does not follow: what it prints is not known, and what it is given may be changed by it. */
export function notUnderstood(call: Call): Status {
  const { shell, name, fields, line, output } = call;
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  output({ text: HOLE, source: shell.sourceOf(line), doubt: call.doubt });
  if (ENDLESS[base]?.(fields.map(({ text }) => text)) === true) {
    shell.hang(call.doubt ?? "command-not-understood");
  }
  if (HARMLESS.has(base)) {
    return "unclear";
  }
  shell.machine.unseenWrites++;
  const place = placeIn(shell.source, line);
  if (CONTAINER_ENGINES.has(base)) {
    const target = fields[0]?.text === "cp" ? fields.at(-1)?.text : undefined;
    if (target?.startsWith("/") === true) {
      touched(call, target);
    }
    return "unclear";
  }
  const runs = RUNS_ITS_INPUT.test(base);
  const words = [name, ...fields].map(({ text }) => text.slice(0, 2000)).join(" ");
  if (runs || STARTS_SERVICES.test(words)) {
    shell.machine.starts.loseAll();
  }
  if (words.includes(POLICY)) {
    shell.machine.starts.doubtInstalls();
  }
  const given = runs ? (call.input ?? []).map(({ text }) => text.slice(0, 2000)).join("\n") : "";
  if (
    (NAMES_SETTINGS.test(words) && changesSettings(words)) ||
    changesSettings(given) ||
    (runs &&
      (CODE_ABOUT_SETTINGS.test((words + given).replace(READING, "")) ||
        NAMES_SETTINGS.test(words.replace(READING, ""))))
  ) {
    shell.machine.loseTrack(call.doubt ?? "command-not-understood", shell.circumstance(line, call.doubt));
    return "unclear";
  }
  if (base === "xargs" && /\b(?:rm|mv|cp|sed|perl|tee|unlink|truncate|sh|bash)\b/.test(words)) {
    for (const path of shell.machine.files.paths()) {
      doubtFile(call, path);
    }
  }
  const paths = fields.flatMap(({ text }) => {
    const path = text.includes("sysctl") || shell.directory !== "/" ? shell.path(text) : undefined;
    return path !== undefined && isSysctlFile(path) ? [path] : [];
  });
  for (const path of paths) {
    changedSomehow(call, path);
  }
  if (paths.length === 0 && [name, ...fields].some(({ text }) => ABOUT_SETTINGS.test(text.slice(0, 2000)))) {
    shell.machine.findings.unknownAt(call.doubt ?? "command-not-understood", place);
  }
  // A program whose text comes through a pipe, or from a file that the user data does not make.
  const reads = /^(?:python[\d.]*|perl|ruby|node)$/.test(base) && fields.every(({ text }) => text === "-");
  if (reads || /^(?:(?:ba|da|z|k)?sh|\.)$/.test(base)) {
    shell.machine.findings.unknownAt(call.doubt ?? "downloaded", place);
  }
  return "unclear";
}

/** What starts and ends services. */
const STARTS_SERVICES = /\b(?:systemctl|service|invoke-rc\.d|(?:re)?start|initctl)\b/;
/** A program that may keep the packages of Debian from starting services. */
const POLICY = "policy-rc.d";

/** The command or a file of it as a word of its own: `--allowed-unsafe-sysctls=` is none. */
const NAMES_SETTINGS = /(?:^|[\s"'/;&|(=])(?:sysctl(?:\s|$)|sysctl\.|systemd-sysctl)|\/proc\/sys/;

/** Reading a setting is no matter. */
const READING = /(?:\bcat\s{1,9}|<\s{0,9})\/proc\/sys\/[\w./-]+|\bsysctl\s{1,9}-[an]{1,2}\s[\w.\s]+/g;

/** What a program in another language says when it writes to settings. */
const CODE_ABOUT_SETTINGS = /\/etc\/sysctl|\/proc\/sys\/|sysctl["', ]+-?-?[wps]/;

/** A file of which only the name is known to the command. */
function doubtFile(call: Call, path: string): void {
  if (isSysctlFile(path)) {
    changedSomehow(call, path);
  } else {
    call.shell.machine.files.doubtAll(path, call.doubt ?? "command-not-understood");
  }
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
