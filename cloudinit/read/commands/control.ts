import { HOLE } from "../source";
import { changesSettings } from "../shell/about-settings";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { PIPEFAIL } from "../shell/state";
import { runEvaluated, runSourced } from "./scripts";

/** The words of the shell itself. */
export const CONTROL: readonly (readonly [string, Handler])[] = [
  [":", () => "works"],
  ["true", () => "works"],
  ["false", () => "fails"],
  ["cd", changeDirectory],
  ["set", set],
  ["shift", shift],
  ["export", declare],
  ["readonly", declare],
  ["local", declare],
  ["declare", declare],
  ["typeset", declare],
  ["unset", unset],
  ["read", forget],
  ["getopts", forget],
  ["mapfile", readLines],
  ["readarray", readLines],
  ["exit", exit],
  ["return", leaveFunction],
  ["break", (call) => leaveLoop(call, "break")],
  ["continue", (call) => leaveLoop(call, "continue")],
  ["eval", evaluate],
  [".", runSourced],
  ["source", runSourced],
  ["trap", trap],
  ["umask", () => "works"],
  ["ulimit", () => "unclear"],
  ["alias", alias],
  ["unalias", ({ shell }) => (shell.aliases.clear(), "works")],
  ["shopt", shopt],
  ["hash", hash],
  ["pushd", pushDirectory],
  ["popd", popDirectory],
  ["let", arithmetic],
  ["kill", kill],
];

function changeDirectory(call: Call): Status {
  const { shell, fields, doubt } = call;
  const operand = fields.find(({ text }) => !/^-[LPe@]*$|^--$/.test(text) || text === "-");
  const path = operand === undefined || operand.text === "-" ? undefined : shell.path(operand.text);
  enter(call, path);
  return doubt === undefined && (path === "/" || path === "/etc" || path === "/tmp") ? "works" : "unclear";
}

/** Where nobody knows which directory it is, it may be one of sysctl files if one that it may be is. */
function enter({ shell, doubt }: Call, path: string | undefined): void {
  const isNear = (directory: string | undefined): boolean => /sysctl\.d/.test(directory ?? "");
  shell.beenNearSysctlFiles ||= isNear(path) || isNear(shell.directory);
  shell.nearSysctlFiles =
    (doubt !== undefined || path === undefined) &&
    (shell.nearSysctlFiles || shell.beenNearSysctlFiles || isNear(path) || isNear(shell.directory));
  shell.directory = doubt === undefined ? path : undefined;
}

/** Only bash has it. */
function pushDirectory(call: Call): Status {
  const { shell, fields, doubt } = call;
  const operand = fields.find(({ text }) => !text.startsWith("-") && !text.startsWith("+"));
  const uncertain = doubt ?? (shell.dialect === "sh" ? "shells-differ" : undefined);
  shell.directories.push(uncertain === undefined ? shell.directory : undefined);
  enter(
    { ...call, doubt: uncertain },
    operand === undefined || fields.length > 1 ? undefined : shell.path(operand.text),
  );
  return "unclear";
}

function popDirectory(call: Call): Status {
  const { shell, fields, doubt } = call;
  const uncertain = doubt ?? (shell.dialect === "sh" ? "shells-differ" : undefined);
  const path = shell.directories.pop();
  enter({ ...call, doubt: uncertain }, fields.length === 0 ? path : undefined);
  return "unclear";
}

/** What dash takes, which is sh on many a host: at any other it gives up. */
const OPTIONS_OF_DASH = /^[-+][efIimnsxvVECabu]*$/;
const NAMES_OF_DASH = new Set(
  "errexit noglob ignoreeof interactive monitor noexec stdin xtrace verbose vi emacs noclobber allexport notify nounset nolog debug".split(
    " ",
  ),
);
const LETTERS: Readonly<Record<string, string>> = {
  errexit: "e",
  noexec: "n",
  nounset: "u",
  noclobber: "C",
  onecmd: "t",
  pipefail: PIPEFAIL,
};

function set({ shell, fields, doubt }: Call): Status {
  let at = 0;
  for (; at < fields.length; at++) {
    const text = fields[at]?.text ?? "";
    if (!/^[-+]/.test(text) || text === "--" || text === "-") {
      break;
    }
    const on = text.startsWith("-");
    const names = text.includes("o");
    const letters = text.slice(1).replaceAll("o", "");
    const name = names ? (fields[at + 1]?.text ?? "") : "";
    at += names ? 1 : 0;
    if (shell.dialect === "sh" && !(OPTIONS_OF_DASH.test(text.replaceAll("o", "")) && (name === "" || NAMES_OF_DASH.has(name)))) {
      shell.end(doubt ?? "shells-differ");
    }
    for (const letter of `${letters}${LETTERS[name] ?? ""}`.slice(0, 30)) {
      shell.option(letter, on, doubt);
    }
  } // prettier-ignore
  if (at < fields.length) {
    const rest = fields.slice(fields[at]?.text === "--" || fields[at]?.text === "-" ? at + 1 : at);
    const words = rest.map((field) => field.text);
    const isKnown = doubt === undefined && !words.some((word) => word.includes(HOLE));
    if (fields[at]?.text !== "-" || words.length > 0) {
      shell.arguments = isKnown ? words : undefined;
    }
  }
  return "works";
}

function shift({ shell, fields, doubt }: Call): Status {
  const count = fields[0] === undefined ? 1 : /^\d{1,3}$/.test(fields[0].text) ? Number(fields[0].text) : NaN;
  const { arguments: args } = shell;
  if (args !== undefined && doubt === undefined && count > args.length) {
    // One shell gives up at this, the other goes on.
    shell.end(shell.dialect === "sh" ? "shells-differ" : "condition");
    return "fails";
  }
  shell.arguments = doubt === undefined && count >= 0 ? args?.slice(count) : undefined;
  return "works";
}

/** Options of `declare` by which a variable holds something else than what stands there. */
const CHANGES_VALUE = /^[-+][a-zA-Z]*[aAcilnu]/;

function declare({ shell, name: { text: command }, fields, doubt }: Call): Status {
  if (command === "local" && !shell.canReturn) {
    // Outside of a function one shell complains, the other gives up; neither assigns.
    if (shell.dialect === "sh") {
      shell.end(doubt ?? "shells-differ");
    }
    return "fails";
  }
  const options = fields.filter(({ text }) => /^[-+]./.test(text));
  const has = (letter: string): boolean => options.some(({ text }) => text.includes(letter));
  shell.exportsFunctions ||= has("f") && (command === "export" || has("x"));
  const isUnclear =
    options.some(({ text }) => CHANGES_VALUE.test(text)) ||
    ((command === "declare" || command === "typeset") && shell.dialect === "sh");
  const isLocal =
    command === "local" ||
    ((command === "declare" || command === "typeset") && !options.some(({ text }) => text.includes("g")));
  for (const { text, why } of fields) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(text) ?? [];
    if (name === undefined) {
      if (text.includes(HOLE)) {
        shell.variables.forget();
      }
      continue;
    }
    if (isLocal) {
      shell.variables.hide(name);
    }
    if (isUnclear) {
      shell.variables.changing.add(name);
    }
    if (has("n") && command !== "export") {
      shell.variables.references.add(name);
    }
    if (value !== undefined) {
      shell.assign(name, isUnclear || why === "shells-differ" ? undefined : value, doubt);
    } else if (isLocal || isUnclear) {
      // One shell empties it, the other keeps what the caller has.
      shell.assign(name, undefined, doubt);
    }
    if (command === "readonly" || (command !== "export" && options.some(({ text: option }) => option.includes("r")))) {
      shell.variables.constants.add(name);
    }
  } // prettier-ignore
  return "works";
}

function unset({ shell, fields, doubt }: Call): Status {
  const functions = fields[0]?.text === "-f";
  for (const { text } of fields) {
    if (functions || !shell.variables.has(text)) {
      shell.functions.unset(text, doubt ?? (functions ? undefined : "shells-differ"));
    }
    if (!functions) {
      shell.unset(text, doubt);
    }
  }
  return "works";
}

function arithmetic({ shell, fields, doubt }: Call): Status {
  shell.doubtNow = doubt;
  return fields.map(({ text }) => shell.arithmetic(text)).at(-1) ?? "fails";
}

/** Signals that nobody sends while a server boots. */
const QUIET_SIGNALS =
  /^(?:SIG)?(?:HUP|INT|QUIT|TERM|ABRT|ALRM|USR[12]|PIPE|CHLD|CONT|TSTP|TTIN|TTOU|WINCH|[1-9]\d?)$/;

function trap({ shell, fields, line, doubt }: Call): Status {
  const operands = fields[0]?.text === "--" ? fields.slice(1) : fields;
  const [first, ...signals] = operands;
  if (first === undefined || /^-[lp]/.test(first.text)) {
    return "works";
  }
  const resets = first.text === "-" || first.text === "" || signals.length === 0;
  const names = (signals.length === 0 ? operands : signals).map(({ text }) => text.toUpperCase());
  if (first.text.includes(HOLE) || names.some((name) => name.includes(HOLE))) {
    shell.machine.loseTrack(doubt ?? first.why ?? "variable", shell.circumstance(line, doubt));
    return "works";
  }
  const set = { code: first.text, line, doubt };
  for (const name of names) {
    if (name === "EXIT" || name === "0" || name === "SIGEXIT") {
      const before = doubt === undefined ? [] : shell.traps.exit.map((one) => ({ ...one, doubt: one.doubt ?? doubt }));
      shell.traps.exit = resets ? before : [...before, set];
    } else if (!QUIET_SIGNALS.test(name)) {
      // ERR, DEBUG and RETURN, which only bash has.
      const uncertain = doubt ?? (shell.dialect === "sh" ? "shells-differ" : undefined);
      shell.traps.other = resets && uncertain === undefined ? [] : resets ? shell.traps.other : [...shell.traps.other, { ...set, doubt: uncertain }];
      if (!resets && name === "DEBUG" && /\b(?:exit|return|exec)\b/.test(first.text)) {
        shell.end(doubt ?? "condition");
      }
    }
  }
  shell.machine.budget.spend(shell.traps.exit.length + shell.traps.other.length);
  return "works";
} // prettier-ignore

function alias({ shell, fields }: Call): Status {
  for (const { text } of fields) {
    const name = text.split("=", 1)[0] ?? "";
    if (text.includes("=")) {
      shell.aliases.add(name);
    }
  }
  return "works";
}

/** Options of bash by which it does something else with what follows. */
const CHANGES_MEANING = /^(?:lastpipe|localvar_inherit|assoc_expand_once|sourcepath|extdebug)$/;

function shopt({ shell, fields, doubt }: Call): Status {
  shell.expandsAliases ||= fields.some(({ text }) => text === "expand_aliases");
  shell.echoDiffers ||= fields.some(({ text }) => text === "xpg_echo");
  if (fields.some(({ text }) => CHANGES_MEANING.test(text))) {
    shell.end(doubt ?? "command-not-understood");
  }
  return "works";
}

/** `hash -p FILE NAME` puts any program behind a name. */
function hash({ shell, fields, doubt }: Call): Status {
  if (fields.some(({ text }) => /^-[a-z]*p/.test(text))) {
    shell.end(doubt ?? "command-not-understood");
  }
  return "works";
}

function kill(call: Call): Status {
  const { shell, fields, doubt } = call;
  if (fields[0]?.text === "-0") {
    return "unclear";
  }
  if (fields.some(({ self }) => self)) {
    shell.hang(doubt ?? "command-not-understood");
  }
  // Which process it is, its number does not tell: `kill -HUP "$(cat /run/nginx.pid)"` makes a server open its ports again.
  shell.machine.starts.loseAll();
  return "unclear";
}

/** Into an array; with `-C` it runs code at every few lines. */
function readLines(call: Call): Status {
  const { shell, fields, doubt } = call;
  shell.assign("MAPFILE", undefined, undefined);
  if (fields.some(({ text }) => /^-[a-zA-Z]*[CcO]/.test(text))) {
    shell.machine.loseTrack(doubt ?? "command-not-understood", shell.circumstance(call.line, doubt));
  }
  return forget(call);
}

function forget({ shell, fields, input }: Call): Status {
  if (!fields.some(({ text }) => /^[A-Za-z_]/.test(text))) {
    shell.assign("REPLY", undefined, undefined);
  }
  for (const { text } of fields) {
    if (/^[A-Za-z_]\w*$/.test(text)) {
      shell.assign(text, undefined, undefined);
    }
  }
  // A text that has no end of this kind in it is read to its own end, which counts as a failure.
  const toEnd = fields.some(({ text }, at) => /^-[a-zA-Z]*d$/.test(text) && fields[at + 1]?.text === "");
  return toEnd && input !== undefined ? "fails" : "unclear";
}

/**
 * An exit with an error behind a condition is how scripts give up: a reading holds where they do not. An exit without one means that
 * the rest may be left out on purpose.
 */
function exit({ shell, fields, doubt }: Call): Status {
  const code = fields[0]?.text;
  if (doubt === undefined || code === undefined || !/^(?:[1-9]\d*|-1)$/.test(code)) {
    shell.end(doubt);
  }
  return code === undefined || code === "0" ? "works" : "fails";
}

function leaveFunction(call: Call): Status {
  const { shell, doubt } = call;
  if (shell.canReturn) {
    shell.leave(doubt);
    return "unclear";
  }
  if (shell.dialect === "bash") {
    // It complains, and goes on.
    return "fails";
  }
  shell.end(doubt ?? "shells-differ");
  return "unclear";
}

function leaveLoop({ shell, fields, doubt }: Call, how: "break" | "continue"): Status {
  const levels = fields[0]?.text ?? "1";
  if (/^[1-9]\d{0,2}$/.test(levels)) {
    shell.leaveLoops(how, Number(levels), doubt);
  } else {
    shell.leaveLoops("break", 1000, doubt ?? "variable");
  }
  return "works";
}

function evaluate(call: Call): Status {
  const { shell, fields, line, doubt } = call;
  const code = fields.map(({ text }) => text).join(" ");
  const uncertain = doubt ?? "command-substitution";
  if (code.includes(HOLE)) {
    if (fields.some(({ text }) => /[^\w\s]/.test(text.replaceAll(HOLE, "")) || changesSettings(text)) || changesSettings(code)) {
      shell.machine.loseTrack(uncertain, shell.circumstance(line, doubt));
    } else {
      shell.machine.doubtEverything(uncertain, shell.circumstance(line, doubt));
    }
    shell.variables.forget();
    return "unclear";
  }
  // Its values are left open: it is code that was made to be read twice.
  runEvaluated({ ...call, doubt: uncertain }, code);
  return "unclear";
} // prettier-ignore
