import { NAMELESS, type Chunk } from "../files";
import type { UnknownReason } from "../result";
import { HOLE, placeIn } from "../source";
import { ABOUT_SETTINGS, holdsSettings } from "./about-settings";
import { expandText, type Field } from "./field";
import type { ShellState } from "./state";
import { NOWHERE, type Sink, type Streams } from "./streams";
import type { Redirect, SimpleCommand } from "./syntax";

/** Opens what the redirections of a command name, one after the other: what it then reads and writes. */
export function redirect(
  shell: ShellState,
  redirects: readonly Redirect[],
  streams: Streams,
  doubt: UnknownReason | undefined,
): Streams {
  if (redirects.length === 0) {
    return streams;
  }
  let { input, output } = streams;
  shell.doubtNow = doubt;
  for (const { operator, descriptor, target } of redirects) {
    const field = expandText(target, shell);
    const { text } = field;
    if (operator === "<<" || operator === "<<<") {
      const chunk: Chunk = {
        text: operator === "<<<" ? `${text}\n` : text,
        source: shell.sourceOf(target.line),
        doubt: doubt ?? (operator === "<<<" && shell.dialect === "sh" ? "shells-differ" : undefined),
      };
      input = descriptor === 0 ? [chunk] : input;
    } else if (operator === "<") {
      const path = shell.path(text);
      input = descriptor !== 0 ? input : path === undefined ? undefined : shell.machine.files.chunks(path);
    } else if (operator === "<&" || operator === "<>") {
      input = undefined;
    } else if (operator === ">&" || operator.startsWith("&")) {
      output = /^\d$|^-$/.test(text)
        ? descriptor === 1 && text !== "1"
          ? NOWHERE
          : output
        : openForWriting(
            shell,
            field,
            operator === "&>>",
            doubt ?? (shell.dialect === "sh" ? "shells-differ" : undefined),
          );
    } else {
      const path = operator === ">" && shell.keepFiles ? shell.path(text) : undefined;
      if (path !== undefined && (shell.machine.files.has(path) || ABOUT_SETTINGS.test(path))) {
        // `set -C` keeps what is there, and whether that is anything is up to the image.
        shell.openDoubt ??= doubt ?? "condition";
      }
      const sink = openForWriting(shell, field, operator === ">>", doubt ?? shell.openDoubt);
      output = descriptor === 1 ? sink : output;
      if (descriptor > 1 && ABOUT_SETTINGS.test(shell.path(text) ?? "")) {
        // Errors, or whatever another descriptor is for.
        sink({
          text: `${HOLE}\n`,
          source: shell.sourceOf(target.line),
          doubt: doubt ?? "command-not-understood",
        });
      }
    }
  }
  return { input, output };
}

/** `exec > FILE`: whatever is printed from now on ends up there. */
export function redirectForGood(
  shell: ShellState,
  { redirects, line }: SimpleCommand,
  doubt: UnknownReason | undefined,
): void {
  for (const { descriptor, target } of redirects) {
    const { text } = expandText(target, shell);
    if (descriptor > 0 && ABOUT_SETTINGS.test(shell.path(text) ?? text)) {
      shell.machine.loseTrack(doubt ?? "command-not-understood", shell.circumstance(line, doubt));
    }
  }
}

/** Opens a file for writing, as a redirection does before its command runs. */
export function openForWriting(
  shell: ShellState,
  field: Field,
  append: boolean,
  doubt: UnknownReason | undefined,
): Sink {
  const { machine, source, stage } = shell;
  const path = shell.path(field.text);
  if (path === undefined || field.pattern) {
    return openSomewhere(
      shell,
      field,
      doubt ?? field.why ?? (shell.directory === undefined ? "condition" : "variable"),
    );
  }
  if (path.startsWith("/dev/")) {
    return NOWHERE;
  }
  machine.touchUnit(path, placeIn(source, field.line));
  if (!append) {
    machine.truncate(path, doubt);
  } else if (!machine.files.has(path) && !path.startsWith("/proc/")) {
    // It may be a file of the image: then what follows comes behind what the image has in it.
    machine.files.append(path, { text: "", source, doubt }, stage);
  }
  let isFirst = true;
  return (chunk) => {
    // Below /proc/sys only the first write to an open file counts, and who writes decides what one write is.
    const worst =
      chunk.doubt ?? doubt ?? (isFirst || !path.startsWith("/proc/") ? undefined : "value-not-plain");
    isFirst &&= chunk.text === "";
    machine.write(path, worst === undefined ? chunk : { ...chunk, doubt: worst }, stage);
  };
}

/** Opens a file of which nobody knows which it is. */
function openSomewhere(shell: ShellState, field: Field, why: UnknownReason): Sink {
  const { machine, source, stage } = shell;
  const lost = (chunk: Chunk): void => {
    machine.findings.unknownAt(why, placeIn(source, field.line));
    machine.write(NAMELESS, { ...chunk, doubt: why }, stage);
  };
  if (/sysctl/.test(field.text) || shell.nearSysctlFiles) {
    lost({ text: "", source });
    return lost;
  }
  if (ABOUT_SETTINGS.test(field.text) || shell.variables.holdPath) {
    machine.loseTrack(why, shell.circumstance(field.line, why));
  }
  return (chunk) => {
    // Wherever it goes: settings are written for nothing else.
    if (holdsSettings(chunk.text)) {
      lost(chunk);
    }
  };
}
