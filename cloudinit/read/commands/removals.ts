import { realPath, SYSCTL_CONF_LINK } from "../files";
import { HOLE, placeIn } from "../source";
import type { Field } from "../shell/field";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { filesLike, isLike, knownStart, touched } from "./touched";

/** Commands that remove files. */
export const REMOVALS: readonly (readonly [string, Handler])[] = [
  ["rm", remove],
  ["unlink", remove],
  ["shred", remove],
];

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
      loseSettingsDirectory(call, path);
    }
  }
  return "unclear";
}

/** The link to /etc/sysctl.conf goes with its directory, or on its own: true if nothing else is named. */
export function unlinkConf({ shell, doubt }: Call, { text, pattern }: Field, recursive: boolean): boolean {
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

/** A directory of sysctl files is not there any more: until it is made again, nothing can be written into it. */
export function loseSettingsDirectory({ shell }: Call, path: string): void {
  if (/^\/(?:etc|run|usr\/lib|usr\/local\/lib)\/sysctl\.d$/.test(path)) {
    shell.machine.files.lock(path);
  }
}

export function removeOne({ shell, line, doubt }: Call, path: string): void {
  const { machine } = shell;
  if (machine.files.has(path)) {
    machine.files.remove(path, doubt);
  }
  machine.files.loseDirectory(path);
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
