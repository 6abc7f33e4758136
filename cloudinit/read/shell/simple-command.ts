import { runCommand } from "../commands";
import { TooMuch } from "../budget";
import type { UnknownReason } from "../result";
import { HOLE } from "../source";
import { expandText, expandWords, type Field } from "./field";
import { redirect, redirectForGood } from "./redirections";
import type { ShellState } from "./state";
import type { Status, Streams } from "./streams";
import type { Command, SimpleCommand } from "./syntax";

/** Commands of the shell itself before which an assignment stays. */
const KEEPS_ASSIGNMENTS = new Set([
  ":",
  ".",
  "eval",
  "exec",
  "export",
  "readonly",
  "set",
  "shift",
  "times",
  "trap",
  "unset",
  "source",
]);

/** Expands a command, opens its files, and runs it: assignments alone, a function, or what `runCommand` knows. */
export function runSimpleCommand(
  shell: ShellState,
  command: SimpleCommand,
  streams: Streams,
  outer: UnknownReason | undefined,
): Status {
  shell.substituted = undefined;
  const isExpected = shell.expected === command;
  const fields = expandWords(command.words, shell);
  const alone = command.words.length === 0;
  for (const { name, value } of command.assignments) {
    const field = value && expandText(value, shell);
    // Before a command it is that command's environment alone; before some of the shell's own it stays.
    if (alone) {
      shell.assign(name, field?.text ?? (value ? "" : undefined), outer);
    } else if (KEEPS_ASSIGNMENTS.has(fields[0]?.text ?? "") || shell.functions.has(fields[0]?.text ?? "")) {
      shell.assign(name, undefined, outer);
    }
  }
  if (command.assignments.some(({ name }) => name === "RUNLEVEL")) {
    // With it apt-get starts nothing.
    shell.machine.starts.doubtInstalls();
  }
  const redirected = redirect(shell, command.redirects, streams, outer);
  let doubt = shell.takeDoubt(outer);
  const name = fields.shift();
  if (name === undefined) {
    return statusOfSubstitution(shell);
  }
  if (shell.aliases.size > 0 && shell.expandsAliases && isAlias(shell, command)) {
    shell.machine.loseTrack(doubt ?? "command-not-understood", shell.circumstance(command.line, doubt));
    shell.end(doubt ?? "command-not-understood");
    return "unclear";
  }
  const found = shell.functions.get(name.text);
  if (found) {
    const uncertain = doubt ?? found.doubt;
    const statuses = found.bodies.map((body) => callFunction(shell, body, fields, redirected, uncertain));
    if (!found.mayBeMissing) {
      return uncertain === outer ? (statuses.at(-1) ?? "works") : "unclear";
    }
    doubt = uncertain;
  }
  const { input, output } = redirected;
  shell.installs = false;
  const { unsureWrites } = shell.machine;
  const status = runCommand({ shell, name, fields, line: command.line, doubt, isExpected, input, output });
  if (fields.length === 0 && name.text === "exec") {
    redirectForGood(shell, command, doubt);
  }
  return shell.machine.unsureWrites === unsureWrites && doubt === outer ? status : "unclear";
}

/** The status of an assignment is that of the last command substitution in it. */
function statusOfSubstitution({ substituted }: ShellState): Status {
  return substituted ?? "works";
}

function isAlias({ aliases }: ShellState, { words: [first] }: SimpleCommand): boolean {
  const segment = first?.segments.length === 1 ? first.segments[0] : undefined;
  return segment?.kind === "text" && !segment.quoted && aliases.has(segment.text);
}

function callFunction(
  shell: ShellState,
  body: Command,
  args: readonly Field[],
  streams: Streams,
  doubt: UnknownReason | undefined,
): Status {
  if (shell.isTooDeep) {
    throw new TooMuch();
  }
  const { loops, left, arguments: outerArguments } = shell;
  shell.variables.enterFunction();
  shell.left = undefined;
  shell.loops = loops.inner();
  shell.arguments = args.some(({ text }) => text.includes(HOLE)) ? undefined : args.map(({ text }) => text);
  shell.calls++;
  const status = shell.command(body, streams, doubt);
  shell.calls--;
  shell.arguments = outerArguments;
  shell.loops = loops;
  shell.variables.leaveFunction();
  return comesBackTo(shell, left) ? "unclear" : status;
}

/** Whether the function that is over has returned early, or may have; the caller is as it was. */
function comesBackTo(shell: ShellState, left: ShellState["left"]): boolean {
  const early = shell.left !== undefined;
  shell.left = left;
  return early;
}
