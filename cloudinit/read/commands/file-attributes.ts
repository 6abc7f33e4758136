import { HOLE } from "../source";
import { openForWriting } from "../shell/redirections";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";

/** Commands that make a directory or an empty file, and that say what may be done with one. */
export const FILE_ATTRIBUTES: readonly (readonly [string, Handler])[] = [
  ["mkdir", makeDirectories],
  ["touch", touch],
  ["chmod", changeMode],
  ["chattr", changeAttributes],
];

function makeDirectories({ shell, fields, doubt }: Call): Status {
  for (const { text, pattern } of fields) {
    const path = text.startsWith("-") || pattern ? undefined : shell.path(text);
    if (path !== undefined) {
      shell.machine.files.makeDirectory(path, doubt === undefined);
      shell.machine.files.unlock(path, doubt === undefined);
    }
  }
  return fields.some(({ text }) => text === "-p") ? "works" : "unclear";
}

function touch(call: Call): Status {
  for (const field of call.fields) {
    if (!field.text.startsWith("-")) {
      openForWriting(call.shell, field, true, call.doubt);
    }
  }
  return "works";
}

function changeMode(call: Call): Status {
  const [mode, ...names] = call.fields.map(({ text }) => text).filter((text) => !text.startsWith("-"));
  const executable =
    mode === undefined || mode.includes(HOLE)
      ? "unclear"
      : /^[0-7]{3,4}$/.test(mode)
        ? (Number.parseInt(mode, 8) & 0o100) !== 0
        : /^[ugoa]*\+[rwX]*x/.test(mode)
          ? true
          : "unclear";
  for (const name of names) {
    const path = call.shell.path(name);
    if (path !== undefined) {
      call.shell.machine.files.setExecutable(path, call.doubt === undefined ? executable : "unclear");
    }
  }
  return "unclear";
}

/** What `chattr +i` protects cannot be written: what stands there later may not. */
function changeAttributes(call: Call): Status {
  const { shell, fields, doubt } = call;
  const mode = fields.find(({ text }) => /^[-+=]?[a-zA-Z]*[ia]/.test(text) && /^[-+=]/.test(text) && !/^-[RVf]+$/.test(text));
  for (const { text } of fields) {
    const path = /^[-+=]/.test(text) ? undefined : shell.path(text);
    if (path === undefined) {
      continue;
    }
    if (mode?.text.startsWith("-") === true) {
      shell.machine.files.unlock(path, doubt === undefined);
    } else if (mode) {
      shell.machine.files.lock(path);
    }
  }
  return "unclear";
} // prettier-ignore
