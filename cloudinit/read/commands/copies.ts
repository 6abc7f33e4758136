import { isSysctlFile } from "../files";
import type { UnknownReason } from "../result";
import { HOLE } from "../source";
import type { Field } from "../shell/field";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { DIRECTORIES, operandsOf } from "./operands";
import { loseSettingsDirectory, removeOne, unlinkConf } from "./removals";
import { knownStart, touched, touchedFile } from "./touched";

/** Commands that copy and move files. */
export const COPIES: readonly (readonly [string, Handler])[] = [
  ["cp", copy],
  ["mv", copy],
  ["install", copy],
];

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
  const made = files.isDirectory(to);
  if (given.isDirectory === undefined && made === "perhaps" && doubt === undefined) {
    // Into it, or in its place.
    sources.forEach(({ text }) => {
      touched(call, `${to}/${text.slice(text.lastIndexOf("/") + 1)}`);
    });
    return copy({ ...call, doubt: "condition" });
  }
  const isDirectory = given.isDirectory ?? ((made === true || DIRECTORIES.test(to)) && !files.has(to));
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
  loseSettingsDirectory(call, path);
}
