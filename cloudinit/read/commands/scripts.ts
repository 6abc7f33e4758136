import { interpreterOf, type Interpreter } from "../interpreter";
import { HOLE, placeIn, type Source } from "../source";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { notUnderstood } from "./not-understood";

/** `sh FILE`, `sh -c CODE`, and the like. */
export const SHELLS: readonly (readonly [string, Handler])[] = [
  ["sh", runShell],
  ["dash", runShell],
  ["bash", runShell],
];

function runShell(call: Call): Status {
  const { shell, fields, name } = call;
  const dialect = name.text.endsWith("bash") ? "bash" : "sh";
  let code = false;
  let stdin = false;
  let options = "";
  let at = 0;
  for (; /^[-+]./.test(fields[at]?.text ?? ""); at++) {
    const text = fields[at]?.text ?? "";
    if (text.startsWith("--")) {
      if (text === "--") {
        at++;
        break;
      }
      if (!/^--(?:login|posix|norc|noprofile|verbose)$/.test(text)) {
        return notUnderstood(call);
      }
      continue;
    }
    const letters = text.startsWith("-") ? text.slice(1) : "";
    code ||= letters.includes("c");
    stdin ||= letters.includes("s");
    options += letters.replace(/[^eunCt]/g, "");
    if (letters.includes("o") || letters.includes("O")) {
      options += optionNamed(fields[at + 1]?.text ?? "");
      at++;
    }
  }
  const [script, ...rest] = fields.slice(at);
  if (script === undefined || script.text === "-" || (stdin && !code)) {
    const input = call.input?.map(({ text }) => text).join("");
    const doubt = call.doubt ?? call.input?.find((chunk) => chunk.doubt !== undefined)?.doubt;
    const source = call.input?.[0]?.source;
    return input === undefined || source === undefined || input.includes(HOLE)
      ? notUnderstood(call)
      : runText({ ...call, doubt }, input, source, { dialect, options }, stdin ? fields.slice(at).map(({ text }) => text) : []);
  } // prettier-ignore
  if (!code) {
    return runPath(
      call,
      script.text,
      { dialect, options },
      rest.map(({ text }) => text),
    );
  }
  // `sh -c CODE NAME ARGUMENT...`
  const args = rest.slice(1).map(({ text }) => text);
  if (script.text.includes(HOLE)) {
    return notUnderstood(call);
  }
  return runText(call, script.text, shell.sourceOf(script.line), { dialect, options }, args);
}

/** The letter of an option of `set -o`. */
function optionNamed(name: string): string {
  return { errexit: "e", nounset: "u", noexec: "n", noclobber: "C", onecmd: "t" }[name] ?? "";
}

/** `. FILE`: in the shell itself, so that the rest of its variables are anybody's guess, and an `exit` in it ends both. */
export function runSourced(call: Call): Status {
  const { shell, fields } = call;
  const path = fields[0] && shell.path(fields[0].text);
  shell.variables.forget();
  if (path === undefined || !shell.machine.files.has(path)) {
    return notUnderstood({ ...call, name: { ...call.name, text: "." } });
  }
  // Arguments behind the file are given in some shells.
  const args = fields.length > 1 ? undefined : shell.arguments;
  return runPath(call, path, { dialect: shell.dialect, options: "" }, args, true);
}

/** Measured: what it takes to read code a second time, however short it is. */
const STEPS_PER_EVALUATION = 8;

/** Code that the shell reads a second time. */
export function runEvaluated(call: Call, code: string): void {
  const { shell } = call;
  shell.machine.budget.spend(STEPS_PER_EVALUATION);
  runText(
    call,
    code,
    shell.sourceOf(call.line),
    { dialect: shell.dialect, options: "" },
    shell.arguments,
    true,
  );
}

/** A file that the user data made is run by its name; undefined for any other. */
export function runFile(call: Call): Status | undefined {
  const { shell, name, fields } = call;
  const path = name.text.includes("/") ? shell.path(name.text) : undefined;
  const { files } = shell.machine;
  if (path === undefined || !files.has(path)) {
    return undefined;
  }
  const executable = files.executable(path);
  if (executable === false) {
    return "fails";
  }
  const first = files.lines(path)[0]?.text ?? "";
  const interpreter = interpreterOf(first);
  if (interpreter === undefined) {
    shell.machine.findings.unknownAt("other-language", placeIn(shell.source, call.line));
    return "unclear";
  }
  const doubt = call.doubt ?? (executable === "unclear" ? "command-not-understood" : undefined);
  return runPath(
    { ...call, doubt },
    path,
    interpreter,
    fields.map(({ text }) => text),
  );
}

function runPath(
  call: Call,
  given: string,
  interpreter: Interpreter,
  args: readonly string[] | undefined,
  sourced = false,
): Status {
  const path = call.shell.path(given);
  const { files } = call.shell.machine;
  if (path === undefined || !files.has(path)) {
    return notUnderstood(call);
  }
  const lines = files.lines(path);
  const doubt = call.doubt ?? lines.find((line) => line.doubt !== undefined)?.doubt;
  const text = lines.map((line) => line.text).join("\n");
  if (text.includes(HOLE)) {
    call.shell.machine.findings.unknownAt(doubt ?? "variable", placeIn(call.shell.source, call.line));
    return "unclear";
  }
  const source: Source = {
    placeOf: (line) => lines[line - 1]?.place ?? placeIn(call.shell.source, call.line),
  };
  return runText({ ...call, doubt }, text, source, interpreter, args, sourced);
}

function runText(
  call: Call,
  text: string,
  source: Source,
  interpreter: Interpreter,
  args: readonly string[] | undefined,
  sourced = false,
): Status {
  const known = args?.some((word) => word.includes(HOLE)) === false ? args : undefined;
  const child = call.shell.child(source, interpreter.dialect, known, sourced);
  if (child === undefined) {
    call.shell.machine.findings.unknownAt("nested-too-deep", placeIn(call.shell.source, call.line));
    return "unclear";
  }
  for (const letter of interpreter.options) {
    child.option(letter, true, undefined);
  }
  child.script(text, call, call.doubt);
  if (!sourced) {
    child.finish(call, call.doubt);
  }
  call.shell.comeBack(child, call.doubt);
  if (sourced) {
    call.shell.forgetAssigned(child);
  }
  return "unclear";
}
