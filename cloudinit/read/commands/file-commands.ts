import { isSysctlFile, realPath, SYSCTL_CONF_LINK, type FileLine } from "../files";
import { directivesIn } from "../backlogs/directives";
import type { UnknownReason } from "../result";
import { HOLE, placeIn } from "../source";
import type { Field } from "../shell/field";
import { openForWriting } from "../shell/redirections";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { changedSomehow, notUnderstood } from "./not-understood";
import { filesLike, isLike, knownStart, touched } from "./touched";

/** Commands that make, move, change and remove files. */
export const FILE_COMMANDS: readonly (readonly [string, Handler])[] = [
  ["mkdir", ({ fields }) => (fields.some(({ text }) => text === "-p") ? "works" : "unclear")],
  ["touch", touch],
  ["rm", remove],
  ["unlink", remove],
  ["shred", remove],
  ["cp", copy],
  ["mv", copy],
  ["install", copy],
  ["ln", link],
  ["chmod", changeMode],
  ["chattr", changeAttributes],
  ["sed", edit],
  ["perl", edit],
  ["awk", awk],
  ["gawk", awk],
  ["mawk", awk],
  ["ed", edit],
  ["ex", edit],
  ["vi", edit],
  ["vim", edit],
  ["patch", edit],
  ["sponge", edit],
  ["split", edit],
  ["envsubst", edit],
  ["crudini", edit],
  ["augtool", edit],
  ["truncate", edit],
  ["dd", edit],
  ["sort", sort],
  ["find", find],
  ["mount", mount],
  ["umount", mount],
];

function touch(call: Call): Status {
  for (const field of call.fields) {
    if (!field.text.startsWith("-")) {
      openForWriting(call.shell, field, true, call.doubt);
    }
  }
  return "works";
}

function remove(call: Call): Status {
  const { shell, doubt, name } = call;
  const { files } = shell.machine;
  const recursive = call.fields.some(({ text }) => /^-[a-zA-Z]*[rR]|^--recursive/.test(text));
  for (const field of call.fields) {
    const { text } = field;
    if (text.startsWith("-") && text !== "-") {
      continue;
    }
    if (name.text.endsWith("shred")) {
      touched(call, text);
      continue;
    }
    const isWhole = !field.pattern && !text.includes(HOLE);
    if (unlinkConf(call, field, recursive)) {
      continue;
    }
    const path = isWhole ? shell.path(text) : undefined;
    if (path === undefined) {
      const start = knownStart(call, text);
      if (start !== undefined) {
        removeLike(call, text, start, recursive);
      } else if (shell.nearSysctlFiles) {
        shell.machine.loseTrack(doubt ?? "condition", shell.circumstance(call.line, doubt));
      }
      continue;
    }
    removeOne(call, path);
    if (recursive) {
      const below = path === "/" ? path : `${path}/`;
      files
        .paths()
        .filter((file) => file.startsWith(below))
        .forEach((file) => files.remove(file, doubt));
    }
  }
  return "unclear";
}

/** The link to /etc/sysctl.conf goes with its directory, or on its own: true if nothing else is named. */
function unlinkConf({ shell, doubt }: Call, { text, pattern }: Field, recursive: boolean): boolean {
  const { files } = shell.machine;
  const start = pattern || text.includes(HOLE) ? text.slice(0, text.search(/[*?[{\uE000]/)) : text;
  const path = start.startsWith("/") ? start : shell.directory === undefined ? undefined : `${shell.directory}/${start}`;
  if (path === undefined || (start === "" && text.startsWith(HOLE))) {
    return false;
  }
  const tidy = path.replace(/\/\/+/g, "/");
  if (start === text) {
    const isLink = tidy === SYSCTL_CONF_LINK;
    if (isLink || (recursive && /^\/(?:etc(?:\/sysctl\.d)?)?$/.test(realPath(tidy)))) {
      files.confUnlinked = doubt ?? true;
    }
    return isLink;
  }
  if (SYSCTL_CONF_LINK.startsWith(tidy)) {
    const name = text.slice(text.lastIndexOf("/") + 1);
    const isSure = /\/sysctl\.d\/[^/]*$/.test(tidy) && !/[[{\uE000]/.test(text);
    const isNamed = isSure && isLike("99-sysctl.conf", name);
    files.confUnlinked = isSure && !isNamed ? files.confUnlinked : (doubt ?? (isNamed ? true : "pattern"));
  }
  return false;
} // prettier-ignore

function removeOne({ shell, line, doubt }: Call, path: string): void {
  const { machine } = shell;
  if (machine.files.has(path)) {
    machine.files.remove(path, doubt);
  }
  machine.files.unlink(path, doubt === undefined);
  if (/^\/etc\/systemd\/system\/systemd-sysctl\.service$/.test(path)) {
    machine.maskUnit(false, shell.circumstance(line, doubt));
  } else {
    machine.touchUnit(path, placeIn(shell.source, line));
  }
}

/** By a pattern, or by a name of which a part is not known. */
function removeLike(call: Call, text: string, start: string, recursive: boolean): void {
  const { files } = call.shell.machine;
  const whole = text.startsWith("/") ? text : `${call.shell.directory ?? HOLE}/${text}`;
  const exact = text.includes(HOLE) ? undefined : filesLike(call, whole);
  exact?.forEach((file) => files.remove(file, call.doubt));
  if (exact === undefined || recursive) {
    files
      .paths()
      .filter((file) => file.startsWith(start))
      .forEach((file) => {
        files.doubtAll(file, call.doubt ?? "pattern");
      });
  }
}

interface Operands {
  readonly sources: readonly Field[];
  readonly target: Field;
  /** The target is a directory, as `-t` and a slash at its end say; or surely none (`-T`). */
  readonly isDirectory: boolean | undefined;
  readonly recursive: boolean;
  /** What is there already may stay. */
  readonly keeps: boolean;
}

const WITH_ARGUMENT: Readonly<Record<string, RegExp>> = {
  cp: /^-[a-zA-Z]*S$/,
  mv: /^-[a-zA-Z]*S$/,
  install: /^-[a-zA-Z]*[mogS]$|^--(?:mode|owner|group)$/,
};

function operandsOf({ name, fields }: Call): Operands | undefined {
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const found: Field[] = [];
  let into: Field | undefined;
  let flat = false;
  let recursive = false;
  let keeps = false;
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at];
    const text = field?.text ?? "";
    if (field === undefined || !text.startsWith("-") || text === "-") {
      found.push(...(field ? [field] : []));
    } else if (text === "--") {
      found.push(...fields.slice(at + 1));
      break;
    } else if (/^-[a-zA-Z]*t$/.test(text) || text === "--target-directory") {
      into = fields[++at];
    } else if (/^(?:-t|--target-directory=)/.test(text)) {
      into = { ...field, text: text.replace(/^(?:-t|--target-directory=)/, "") };
    } else if (WITH_ARGUMENT[base]?.test(text)) {
      at++;
    } else {
      flat ||= /^-[a-zA-Z]*T|^--no-target-directory/.test(text);
      recursive ||= /^-[a-zA-Z]*[rRa]|^--(?:recursive|archive)/.test(text);
      keeps ||= /^-[a-zA-Z]*[nuisl]|^--(?:no-clobber|update|interactive|link|symbolic-link|parents|exchange)/.test(text);
      if (base === "install" && /^-[a-zA-Z]*d|^--directory/.test(text)) {
        return undefined;
      }
    }
  }
  const target = into ?? found.pop();
  return target === undefined || found.length === 0
    ? undefined
    : {
        sources: found,
        target,
        isDirectory: into !== undefined || target.text.endsWith("/") || found.length > 1 ? true : flat ? false : undefined,
        recursive: recursive || base === "mv",
        keeps: keeps && base !== "install",
      };
} // prettier-ignore

/** Directories that every host has, and directories of files that have names like these. */
const DIRECTORIES =
  /^\/(?:|etc|opt|root|tmp|run|srv|var|home|usr|(?:usr(?:\/local)?\/)?s?bin|usr\/(?:local\/)?(?:lib|etc|share)|var\/(?:lib|log|tmp))$|\.d$/;

/** `cp`, `mv`, `install`: files that the user data made, to another path or into a directory. */
function copy(call: Call): Status {
  const { shell, doubt } = call;
  const given = operandsOf(call);
  if (given === undefined) {
    return "unclear";
  }
  const { sources, target, recursive, keeps } = given;
  const to = target.pattern || target.text.includes(HOLE) ? undefined : shell.path(target.text);
  if (to === undefined) {
    touched(call, target.text, target.pattern ? "pattern" : "variable");
    if (call.name.text.endsWith("mv")) {
      sources.forEach((source) => moveAway(call, source));
    }
    return "unclear";
  }
  const { files } = shell.machine;
  const isDirectory = given.isDirectory ?? (DIRECTORIES.test(to) && !files.has(to));
  for (const source of sources) {
    const name = source.text.slice(source.text.lastIndexOf("/") + 1);
    const from = source.pattern || source.text.includes(HOLE) ? undefined : shell.path(source.text);
    const path = isDirectory ? shell.path(`${to}/${name}`) : to;
    const chunks = from === undefined ? undefined : files.chunks(from);
    const below = from === undefined ? [] : files.paths().filter((file) => file.startsWith(`${from}/`));
    if (from === undefined || path === undefined || chunks === undefined) {
      if (recursive || source.pattern || below.length > 0) {
        // A directory, or who knows how many files.
        touched(call, isDirectory && !source.pattern && name !== "." && name !== "" && !name.includes(HOLE) ? `${to}/${name}` : to);
      } else {
        touchedFile(call, path ?? to);
      }
    } else if (path === from) {
      // They all refuse to copy a file to itself.
      continue;
    } else {
      copyOne(call, from, path, keeps && (files.has(path) || isSysctlFile(path)) ? (doubt ?? "condition") : doubt);
    }
    if (call.name.text.endsWith("mv")) {
      moveAway(call, source);
    }
  }
  return "unclear";
} // prettier-ignore

function copyOne({ shell }: Call, from: string, path: string, doubt: UnknownReason | undefined): void {
  const { machine } = shell;
  const copied = [...(machine.files.chunks(from) ?? [])];
  machine.truncate(path, doubt);
  for (const chunk of copied) {
    machine.write(path, { ...chunk, doubt: chunk.doubt ?? doubt }, shell.stage);
  }
  machine.files.setExecutable(path, machine.files.executable(from));
}

/** One file of which nobody knows what is in it. */
function touchedFile(call: Call, path: string): void {
  const { files } = call.shell.machine;
  if (isSysctlFile(path) || files.has(path) || path.startsWith("/proc/") || /systemd-sysctl/.test(path)) {
    touched(call, path);
  }
}

/** What `mv` takes is not there any more; what is below it has gone with it. */
function moveAway(call: Call, source: Field): void {
  const { shell, doubt } = call;
  if (unlinkConf(call, source, true)) {
    return;
  }
  const { files } = shell.machine;
  const path = source.pattern || source.text.includes(HOLE) ? undefined : shell.path(source.text);
  if (path === undefined) {
    const start = knownStart(call, source.text);
    if (start === undefined && shell.nearSysctlFiles) {
      shell.machine.loseTrack(doubt ?? "condition", shell.circumstance(call.line, doubt));
    }
    files
      .paths()
      .filter((file) => start !== undefined && file.startsWith(start))
      .forEach((file) => {
        files.doubtAll(file, doubt ?? "pattern");
      });
    return;
  }
  removeOne(call, path);
  files
    .paths()
    .filter((file) => file.startsWith(`${path}/`))
    .forEach((file) => files.remove(file, doubt));
}

/** Where a link matters: sysctl files and what is above them, settings of the kernel, and the unit that applies them. */
const LINKS_THAT_MATTER =
  /^\/(?:|etc|proc|run|usr|usr\/lib|usr\/local\/lib)$|sysctl|^\/proc\/(?:sys(?:\/|$)|\d|self|1\/)/;

/** A link may put a file into a directory of sysctl files, mask one, or lead to one. */
function link(call: Call): Status {
  const { shell, line, doubt } = call;
  const { machine } = shell;
  const given = operandsOf(call);
  const names = call.fields.filter(({ text }) => !text.startsWith("-"));
  const target = given?.target ?? names[0];
  if (target === undefined) {
    return "unclear";
  }
  const path = shell.path(target.text);
  const circumstance = shell.circumstance(line, doubt);
  for (const source of given?.sources ?? names.slice(0, 1)) {
    const name = source.text.slice(source.text.lastIndexOf("/") + 1);
    const isInside = given === undefined || given.isDirectory === true || path === undefined || DIRECTORIES.test(path);
    const at = given === undefined ? shell.path(name) : isInside ? shell.path(`${target.text}/${name}`) : path;
    const from = at === undefined ? undefined : source.text.startsWith("/") ? source.text : `${at.slice(0, at.lastIndexOf("/"))}/${source.text}`;
    const to = from === undefined ? undefined : shell.path(from);
    if (at === undefined || to === undefined) {
      if (/sysctl/.test(target.text + source.text) || shell.nearSysctlFiles) {
        machine.loseTrack(doubt ?? "variable", circumstance);
      }
      continue;
    }
    if (/^\/etc\/systemd\/system\/systemd-sysctl\.service$/.test(at)) {
      machine.maskUnit(true, { ...circumstance, doubt: to === "/dev/null" ? doubt : (doubt ?? "other-boot-mechanism") });
      continue;
    }
    machine.touchUnit(at, circumstance.place);
    if (isSysctlFile(at) || /\/sysctl\.d$/.test(at)) {
      changedSomehow(call, isSysctlFile(at) ? at : `${at}/unknown.conf`);
    }
    if (LINKS_THAT_MATTER.test(to) || machine.files.has(to)) {
      const isSoft = call.fields.some(({ text }) => /^-[a-zA-Z]*s|^--symbolic/.test(text));
      if (!isSoft) {
        // What is written to the one stands in the other.
        touched(call, to);
      }
      const isSure = doubt === undefined && isSoft && !machine.files.has(at) && (isInside || !machine.files.hasBelow(at));
      machine.files.link(at, isSure ? to : undefined);
    } else if (machine.files.hasBelow(to)) {
      machine.files.link(at, undefined);
    }
  }
  return "unclear";
} // prettier-ignore

function changeMode(call: Call): Status {
  const [mode, ...names] = call.fields.map(({ text }) => text).filter((text) => !text.startsWith("-"));
  const executable =
    mode === undefined || mode.includes(HOLE)
      ? "unclear"
      : /^[0-7]{3,4}$/.test(mode)
        ? (Number.parseInt(mode, 8) & 0o100) !== 0
        : /^[ugoa]*\+[rwX]*x/.test(mode)
          ? true
          : "unclear";
  for (const name of names) {
    const path = call.shell.path(name);
    if (path !== undefined) {
      call.shell.machine.files.setExecutable(path, call.doubt === undefined ? executable : "unclear");
    }
  }
  return "unclear";
}

/** What `chattr +i` protects cannot be written: what stands there later may not. */
function changeAttributes(call: Call): Status {
  const { shell, fields, doubt } = call;
  const mode = fields.find(({ text }) => /^[-+=]?[a-zA-Z]*[ia]/.test(text) && /^[-+=]/.test(text) && !/^-[RVf]+$/.test(text));
  for (const { text } of fields) {
    const path = /^[-+=]/.test(text) ? undefined : shell.path(text);
    if (path === undefined) {
      continue;
    }
    if (mode?.text.startsWith("-") === true) {
      shell.machine.files.unlock(path, doubt === undefined);
    } else if (mode) {
      shell.machine.files.lock(path);
    }
  }
  return "unclear";
} // prettier-ignore

/** `sed -i` and its like: what becomes of a file depends on what is in it. */
function edit(call: Call): Status {
  const { shell, fields, name } = call;
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const inPlace = base !== "sed" || fields.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text));
  if (!inPlace) {
    const writes = fields.some(({ text }) => /\bw\s*\/(?:etc|proc|usr|run)|\b[ew]\s+\S*sysctl/.test(text.slice(0, 2000)));
    if (writes) {
      shell.machine.loseTrack(call.doubt ?? "command-not-understood", shell.circumstance(call.line, call.doubt));
    }
    return notUnderstood({ ...call, name: { ...call.name, text: "awk" } });
  }
  const { budget } = shell.machine;
  const place = placeIn(shell.source, call.line);
  // What stands in place of what: every piece may be a whole line of the file.
  const edited = (): FileLine[] =>
    fields.flatMap(({ text }) => {
      budget.look(text.length);
      return text
        .slice(0, 4000)
        .split(/[/|#,@\n\\]/)
        .map((line) => ({ text: line, place }));
    });
  let isTouched = false;
  for (const field of fields) {
    const text = field.text.replace(/^(?:of|--output)=/, "");
    if (/^-|^if=/.test(text) || /\s/.test(text) || (!text.startsWith("/") && shell.directory === "/" && !/^(?:\.\/)?(?:etc|proc|usr|run)\//.test(text))) {
      continue;
    }
    const path = field.pattern || text.includes(HOLE) ? undefined : shell.path(text);
    isTouched ||= text.startsWith("/");
    if (path !== undefined) {
      const told = directivesIn(path, edited(), budget).backlogs;
      for (const software of new Set(told.map((reading) => reading.software))) {
        shell.machine.findings.unknownAt(call.doubt ?? "command-not-understood", place, {
          subject: software,
          file: path,
        });
      }
      touchedFile(call, path);
    } else {
      touched(call, text);
    }
  }
  if (/^(?:perl|patch|ed|ex|vim?)$/.test(base) && mentionsSettings(call)) {
    shell.machine.loseTrack(call.doubt ?? "command-not-understood", shell.circumstance(call.line, call.doubt));
  }
  return isTouched ? "unclear" : notUnderstood(call);
} // prettier-ignore

/** Whether a program, or what it is given to read, names settings. */
function mentionsSettings({ fields, input }: Call): boolean {
  return [...fields, ...(input ?? [])].some(({ text }) =>
    /\/(?:etc\/)?sysctl|\/proc\/sys|sysctl/.test(text.slice(0, 4000)),
  );
}

/** Programs of awk can write files, and gawk edits them in place. */
function awk(call: Call): Status {
  const inPlace = call.fields.some(({ text }) => text === "inplace" || text === "-iinplace" || /^--include=?/.test(text));
  const writes = call.fields.some(({ text }) => />\s*"?\/(?:etc|proc)|system\s*\(|\|\s*"|getline/.test(text.slice(0, 4000)) && /sysctl|\/proc\/sys/.test(text.slice(0, 4000)));
  if (writes) {
    call.shell.machine.loseTrack(call.doubt ?? "command-not-understood", call.shell.circumstance(call.line, call.doubt));
  }
  return inPlace ? edit({ ...call, name: { ...call.name, text: "perl" } }) : notUnderstood({ ...call, name: { ...call.name, text: "awk" } });
} // prettier-ignore

function sort(call: Call): Status {
  const at = call.fields.findIndex(({ text }) => text === "-o" || text === "--output");
  const output = at < 0 ? call.fields.find(({ text }) => /^-o.|^--output=/.test(text))?.text.replace(/^(?:-o|--output=)/, "") : call.fields[at + 1]?.text;
  if (output !== undefined) {
    touched(call, output);
  }
  return notUnderstood(call);
} // prettier-ignore

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
