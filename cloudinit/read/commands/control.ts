import { HOLE } from "../source";
import { changesSettings, type Status } from "../shell/shell";
import type { Call, Handler } from "./call";
import { runSourced } from "./scripts";

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
  ["mapfile", forget],
  ["exit", exit],
  ["return", leaveFunction],
  ["break", (call) => leaveLoop(call, "break")],
  ["continue", (call) => leaveLoop(call, "continue")],
  ["eval", evaluate],
  [".", runSourced],
  ["source", runSourced],
  ["trap", () => "works"],
  ["umask", () => "works"],
  ["ulimit", () => "unclear"],
  ["alias", () => "works"],
  ["shopt", () => "works"],
];

function changeDirectory({ shell, fields, doubt }: Call): Status {
  const path = fields[0] && shell.path(fields[0].text);
  shell.directory = doubt === undefined ? path : undefined;
  shell.nearSysctlFiles = doubt !== undefined && (shell.nearSysctlFiles || /sysctl\.d/.test(path ?? ""));
  return path === "/" || path === "/etc" || path === "/tmp" ? "works" : "unclear";
}

function set({ shell, fields, doubt }: Call): Status {
  const end = fields.findIndex(({ text }) => text === "--");
  if (end >= 0) {
    const rest = fields.slice(end + 1).map((field) => field.text);
    shell.arguments = doubt === undefined && !rest.some((word) => word.includes(HOLE)) ? rest : undefined;
  }
  fields.slice(0, end < 0 ? undefined : end).forEach(({ text }, index) => {
    if (/^-[a-zA-Z]*e/.test(text) || (text === "errexit" && fields[index - 1]?.text === "-o")) {
      shell.exitOnError = true;
    } else if (/^\+[a-zA-Z]*e/.test(text)) {
      shell.exitOnError = false;
    }
  });
  return "works";
}

function shift({ shell, fields, doubt }: Call): Status {
  const count = fields[0] === undefined ? 1 : /^\d{1,3}$/.test(fields[0].text) ? Number(fields[0].text) : NaN;
  shell.arguments = doubt === undefined && count >= 0 ? shell.arguments?.slice(count) : undefined;
  return "works";
}

function declare({ shell, fields, doubt }: Call): Status {
  for (const { text } of fields) {
    const found = /^([A-Za-z_]\w*)=/.exec(text);
    if (found?.[1] !== undefined) {
      shell.assign(found[1], text.slice(found[0].length), doubt);
    }
  }
  return "works";
}

function unset({ shell, fields, doubt }: Call): Status {
  for (const { text } of fields) {
    shell.assign(text, undefined, doubt);
  }
  return "works";
}

function forget({ shell, fields }: Call): Status {
  for (const { text } of fields) {
    if (/^[A-Za-z_]\w*$/.test(text)) {
      shell.assign(text, undefined, undefined);
    }
  }
  return "unclear";
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
  if (call.shell.inFunction) {
    call.shell.end(call.doubt);
    call.shell.returned = true;
    return "unclear";
  }
  return exit(call);
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

function evaluate({ shell, fields, line, doubt }: Call): Status {
  const code = fields.map(({ text }) => text).join(" ");
  if (code.includes(HOLE) || changesSettings(code)) {
    shell.machine.doubtEverything(doubt ?? "command-substitution", shell.circumstance(line, doubt));
  }
  shell.forgetVariables();
  return "unclear";
}
