import type { UnknownReason } from "../result";
import { HOLE } from "../source";
import { ABOUT_SETTINGS } from "./about-settings";
import { expandWords } from "./field";
import { redirect } from "./redirections";
import type { ShellState } from "./state";
import type { Status, Streams } from "./streams";
import type { BranchCommand, ForCommand } from "./syntax";

/** Follows what runs always, and then each of what may run, as if it does and with the doubt that it does not. */
export function runBranch(
  shell: ShellState,
  command: BranchCommand,
  streams: Streams,
  doubt: UnknownReason | undefined,
): Status {
  const inner = redirect(shell, command.redirects, streams, doubt);
  const loop = command.why === "loop" ? shell.loops.enter() : undefined;
  shell.conditions++;
  const status = shell.list(command.always, inner, doubt);
  shell.conditions--;
  if (command.arithmetic !== undefined) {
    shell.arithmetic(command.arithmetic);
  }
  if (command.variable !== undefined) {
    shell.assign(command.variable, undefined, doubt);
  }
  const { ended, left } = shell;
  for (const body of command.maybe) {
    if (shell.stopped) {
      break;
    }
    shell.list(body, inner, doubt ?? command.why);
  }
  if (loop) {
    shell.loops.exit();
  }
  const isLeft = loop?.left !== undefined || loop?.doubt !== undefined;
  if (status === command.endless && !isLeft && shell.ended === ended && shell.left === left) {
    shell.hang(doubt);
  }
  return "unclear";
}

/** Goes round after round where the text says what for; else the body runs with a variable that nobody knows, if it runs. */
export function runFor(
  shell: ShellState,
  command: ForCommand,
  outer: Streams,
  doubt: UnknownReason | undefined,
): Status {
  const streams = redirect(shell, command.redirects, outer, doubt);
  const { variable, words, body } = command;
  shell.doubtNow = doubt;
  const fields = words && expandWords(words, shell);
  const values = fields === undefined ? shell.arguments : fields.map(({ text }) => text);
  if (
    values === undefined ||
    values.some((value) => value.includes(HOLE)) ||
    fields?.some(({ pattern }) => pattern) === true
  ) {
    shell.variables.holdPath ||= values?.some((value) => ABOUT_SETTINGS.test(value)) === true;
    shell.assign(variable, undefined, doubt);
    shell.loops.enter();
    shell.list(body, streams, doubt ?? "loop");
    shell.loops.exit();
    return "unclear";
  }
  const loop = shell.loops.enter();
  let status: Status = "works";
  for (const value of values) {
    shell.machine.budget.spend(2);
    const uncertain = doubt ?? shell.stopDoubt;
    shell.assign(variable, value, uncertain);
    status = shell.list(body, streams, uncertain);
    if (shell.ended === true || loop.left === "break") {
      break;
    }
    delete loop.left;
    if (loop.forGood !== true) {
      delete loop.doubt;
    }
  }
  shell.loops.exit();
  return loop.forGood === true || loop.left !== undefined ? "unclear" : status;
}
