import { interpreterOf } from "../interpreter";
import { HOLE, placeIn, type Source } from "../source";
import type { Shell, Status } from "../shell/shell";
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
  let at = 0;
  for (; /^[-+]./.test(fields[at]?.text ?? ""); at++) {
    code ||= /^-[a-z]*c/.test(fields[at]?.text ?? "");
    if (fields[at]?.text === "-o") {
      at++;
    }
  }
  const [script, ...rest] = fields.slice(at);
  if (script === undefined || script.text === "-") {
    const input = call.input?.map(({ text }) => text).join("");
    const doubt = call.doubt ?? call.input?.find((chunk) => chunk.doubt !== undefined)?.doubt;
    const source = call.input?.[0]?.source;
    return input === undefined || source === undefined || input.includes(HOLE)
      ? notUnderstood(call)
      : runText({ ...call, doubt }, input, source, dialect, []);
  }
  if (!code) {
    return runPath(
      call,
      script.text,
      dialect,
      rest.map(({ text }) => text),
    );
  }
  // `sh -c CODE NAME ARGUMENT...`
  const args = rest.slice(1).map(({ text }) => text);
  if (script.text.includes(HOLE)) {
    return notUnderstood(call);
  }
  return runText(call, script.text, shell.sourceOf(script.line), dialect, args);
}

/** `. FILE`: in the shell itself, so that the rest of its variables are anybody's guess, and an `exit` in it ends both. */
export function runSourced(call: Call): Status {
  const { shell, fields } = call;
  const path = fields[0] && shell.path(fields[0].text);
  shell.forgetVariables();
  if (path === undefined || !shell.machine.files.has(path)) {
    return notUnderstood({ ...call, name: { ...call.name, text: "." } });
  }
  return runPath(call, path, shell.dialect, [], (child) => {
    if (child.ended !== undefined) {
      shell.end(child.ended === true ? "condition" : child.ended);
    }
  });
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
  dialect: "sh" | "bash",
  args: readonly string[],
  after?: (child: Shell) => void,
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
  return runText({ ...call, doubt }, text, source, dialect, args, after);
}

function runText(
  call: Call,
  text: string,
  source: Source,
  dialect: "sh" | "bash",
  args: readonly string[],
  after?: (child: Shell) => void,
): Status {
  const known = args.some((word) => word.includes(HOLE)) ? undefined : args;
  const child = call.shell.child(source, dialect, known, after !== undefined);
  if (child === undefined) {
    call.shell.machine.findings.unknownAt("nested-too-deep", placeIn(call.shell.source, call.line));
    return "unclear";
  }
  child.script(text, call, call.doubt);
  after?.(child);
  return "unclear";
}
