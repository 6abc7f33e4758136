import { dottedForm } from "../../../backlog/sysctld";
import { isSysctlFile, realPath } from "../files";
import type { UnknownReason } from "../result";
import { HOLE, placeIn, sourceAt } from "../source";
import type { Call } from "./call";

/** Where sysctl files lie, and what lies above: what is unpacked there may bring some. `/usr/local` is where programs are unpacked. */
const ABOVE_SETTINGS =
  /^\/(?:|etc|run|usr|usr\/lib|usr\/local\/lib|(?:etc|run|usr\/lib|usr\/local\/lib)\/sysctl\.d)$/;

/**
 * The files that the user data made and that a pattern names, in the order in which a shell gives them. Undefined where that depends on
 * more than their names.
 */
export function filesLike({ shell }: Call, pattern: string): string[] | undefined {
  const { files, budget } = shell.machine;
  const slash = pattern.lastIndexOf("/") + 1;
  const folder = pattern.slice(0, slash);
  const name = pattern.slice(slash);
  if (/[*?[\uE000]/.test(folder) || /[[{\\\uE000]/.test(name)) {
    return undefined;
  }
  const found = files.paths().filter((path) => {
    const own = path.slice(slash);
    budget.spend(own.length / 16);
    return path.startsWith(folder) && !own.includes("/") && !(own.startsWith(".") && !name.startsWith(".")) && isLike(own, name);
  }); // prettier-ignore
  const byByte = found.sort();
  // Where the language of the host decides about the order, it passes over punctuation and case.
  const plain = (path: string): string =>
    path
      .slice(slash)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "");
  const byName = byByte.every((path, index) => index === 0 || plain(byByte[index - 1] ?? "") <= plain(path));
  return byName ? byByte : undefined;
}

/** Whether a name fits a pattern of `*` and `?`; each star takes as little as it can. */
export function isLike(name: string, pattern: string): boolean {
  let at = 0;
  let sign = 0;
  let star = -1;
  let from = 0;
  while (at < name.length) {
    if (pattern[sign] === "*") {
      star = sign++;
      from = at;
    } else if (pattern[sign] === "?" || (sign < pattern.length && pattern[sign] === name[at])) {
      sign++;
      at++;
    } else if (star >= 0) {
      sign = star + 1;
      at = ++from;
    } else {
      return false;
    }
  }
  while (pattern[sign] === "*") {
    sign++;
  }
  return sign === pattern.length;
}

/** The known part of a path, up to what only the running shell knows, or to a pattern. */
export function knownStart({ shell }: Call, text: string): string | undefined {
  const known = text.slice(0, text.search(/[*?[{\uE000]|$/));
  if (known.startsWith("/")) {
    return withoutName(known);
  }
  if (text.startsWith(HOLE)) {
    return undefined;
  }
  return shell.directory === undefined ? undefined : withoutName(`${shell.directory}/${known}`);
}

function withoutName(path: string): string {
  const slash = path.lastIndexOf("/");
  const folder = realPath(path.slice(0, slash + 1));
  return `${folder === "/" ? "" : folder}/${path.slice(slash + 1)}`;
}

/** A command may change everything at a path and below it, or put something there. */
export function touched(call: Call, text: string, reason: UnknownReason = "command-not-understood"): void {
  const { shell, line } = call;
  const { machine, stage } = shell;
  const { files, findings } = machine;
  const doubt = call.doubt ?? reason;
  const place = placeIn(shell.source, line);
  const isWhole = !/[*?[{\uE000]/.test(text);
  const path = isWhole ? shell.path(text) : undefined;
  const start = isWhole ? path : knownStart(call, text);
  if (start === undefined) {
    if (/sysctl/.test(text) || shell.nearSysctlFiles) {
      machine.loseTrack(doubt, shell.circumstance(line, doubt));
    }
    return;
  }
  if (start.startsWith("/proc/sys") || (start === "/proc" && isWhole)) {
    touchedKey(call, start, doubt);
    return;
  }
  const below = start.endsWith("/") ? start : `${start}/`;
  for (const file of files.paths()) {
    if (file === start || file.startsWith(isWhole ? below : start)) {
      files.doubtAll(file, doubt);
      if (isSysctlFile(file)) {
        findings.unknownAt(doubt, place, { file });
      }
      files.append(file, { text: `${HOLE}\n`, source: sourceAt(place), doubt }, stage);
    }
  }
  machine.touchUnit(start, place);
  if (path !== undefined && isSysctlFile(path)) {
    findings.unknownAt(doubt, place, { file: path });
    files.append(path, { text: `${HOLE}\n`, source: sourceAt(place), doubt }, stage);
  } else if (isWhole ? ABOVE_SETTINGS.test(start) : mayBeginSettings(start)) {
    findings.unknownAt(doubt, place);
    files.doubtSettings(doubt, sourceAt(place), stage);
  }
}

/** One file of which nobody knows what is in it. */
export function touchedFile(call: Call, path: string): void {
  const { files } = call.shell.machine;
  if (isSysctlFile(path) || files.has(path) || path.startsWith("/proc/") || /systemd-sysctl/.test(path)) {
    touched(call, path);
  }
}

/** Whether a sysctl file, or a directory above one, may begin so. */
function mayBeginSettings(start: string): boolean {
  const folder = start.slice(0, start.lastIndexOf("/")) || "/";
  const name = start.slice(start.lastIndexOf("/") + 1);
  return ABOVE_SETTINGS.test(folder) && (/sysctl\.d$/.test(folder) || "sysctl".startsWith(name.slice(0, 6)));
}

function touchedKey({ shell, line }: Call, path: string, doubt: UnknownReason): void {
  const circumstance = shell.circumstance(line, doubt);
  const key = path.slice("/proc/sys/".length);
  if (/^[a-z0-9_]+(?:\/[\w.-]+)+$/.test(key)) {
    shell.machine.doubt(dottedForm(key), doubt, circumstance);
  } else {
    shell.machine.doubtEverything(doubt, circumstance);
  }
}
