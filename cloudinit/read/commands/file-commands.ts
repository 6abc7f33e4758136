import { isSysctlFile, type FileLine } from "../files";
import { directivesIn } from "../backlogs/directives";
import { HOLE, placeIn } from "../source";
import type { Status } from "../shell/shell";
import type { Call, Handler } from "./call";
import { changedSomehow, notUnderstood } from "./not-understood";

/** Commands that make, move, change and remove files. */
export const FILE_COMMANDS: readonly (readonly [string, Handler])[] = [
  ["mkdir", ({ fields }) => (fields.some(({ text }) => text === "-p") ? "works" : "unclear")],
  ["touch", touch],
  ["rm", remove],
  ["cp", copy],
  ["mv", copy],
  ["install", copy],
  ["ln", link],
  ["chmod", changeMode],
  ["sed", edit],
  ["perl", edit],
  ["crudini", edit],
  ["augtool", edit],
  ["truncate", edit],
  ["dd", edit],
  ["curl", download],
  ["wget", download],
  ["aws", download],
  ["gsutil", download],
];

function operands({ fields }: Call): string[] {
  return fields.map(({ text }) => text).filter((text) => !text.startsWith("-"));
}

function touch(call: Call): Status {
  for (const field of call.fields) {
    if (!field.text.startsWith("-")) {
      call.shell.into(field, true, call.doubt);
    }
  }
  return "works";
}

function remove(call: Call): Status {
  const { shell, doubt } = call;
  const recursive = call.fields.some(({ text }) => /^-[a-zA-Z]*[rR]/.test(text));
  for (const field of call.fields) {
    const path = field.text.startsWith("-") ? undefined : shell.path(field.text);
    if (path === undefined) {
      continue;
    }
    const { files } = shell.machine;
    if (field.pattern) {
      const prefix = path.slice(0, path.search(/[*?[]/));
      files
        .paths()
        .filter((file) => file.startsWith(prefix))
        .forEach((file) => files.doubtAll(file, doubt ?? "pattern"));
    } else if (files.has(path)) {
      files.remove(path, doubt);
    } else if (recursive) {
      files
        .paths()
        .filter((file) => file.startsWith(`${path}/`))
        .forEach((file) => files.remove(file, doubt));
    }
  }
  return "unclear";
}

/** `cp`, `mv`, `install`: one known file to another path, or into a directory. */
function copy(call: Call): Status {
  const { shell, doubt, name } = call;
  const { files } = shell.machine;
  const mode = call.fields.findIndex(({ text }) => text === "-m" || text === "-o" || text === "-g");
  const names = operands(call).filter((text) => mode < 0 || text !== call.fields[mode + 1]?.text);
  const target = names.at(-1);
  const to = target === undefined ? undefined : shell.path(target);
  if (names.length < 2 || to === undefined || target === undefined) {
    return "unclear";
  }
  const pattern = call.fields.some((field) => field.pattern);
  for (const source of names.slice(0, -1)) {
    const from = shell.path(source);
    const into = target.endsWith("/") || /\.d$/.test(to) || names.length > 2;
    const path = into ? `${to}/${source.slice(source.lastIndexOf("/") + 1)}` : to;
    const chunks = from === undefined ? undefined : files.chunks(from);
    if (chunks === undefined || pattern) {
      if (isSysctlFile(path) || files.has(path)) {
        changedSomehow(call, path);
      }
      continue;
    }
    if (path === from) {
      // They all refuse to copy a file to itself.
      continue;
    }
    const copied = [...chunks];
    shell.machine.truncate(path, doubt);
    for (const chunk of copied) {
      shell.machine.write(path, { ...chunk, doubt: chunk.doubt ?? doubt }, shell.stage);
    }
    if (from !== undefined) {
      files.setExecutable(path, files.executable(from));
      if (name.text.endsWith("mv")) {
        files.remove(from, doubt);
      }
    }
  }
  return "unclear";
}

/** A link may put a file into a directory of sysctl files, or mask one. */
function link(call: Call): Status {
  const target = operands(call).at(-1);
  const path = target === undefined ? undefined : call.shell.path(target);
  if (path !== undefined && (isSysctlFile(path) || /\/sysctl\.d$/.test(path))) {
    changedSomehow(call, isSysctlFile(path) ? path : `${path}/unknown.conf`);
  }
  return "unclear";
}

function changeMode(call: Call): Status {
  const [mode, ...names] = operands(call);
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

/** `sed -i` and its like: what becomes of a file depends on what is in it. */
function edit(call: Call): Status {
  const inPlace =
    !call.name.text.endsWith("sed") || call.fields.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text));
  if (!inPlace) {
    return notUnderstood({ ...call, name: { ...call.name, text: "awk" } });
  }
  const { budget } = call.shell.machine;
  const place = placeIn(call.shell.source, call.line);
  // What stands in place of what: every piece may be a whole line of the file.
  const edited = (): FileLine[] =>
    call.fields.flatMap(({ text }) => {
      budget.look(text.length);
      return text
        .slice(0, 4000)
        .split(/[/|#,@\n\\]/)
        .map((line) => ({ text: line, place }));
    });
  let touched = false;
  for (const { text } of call.fields) {
    const path = text.startsWith("-") ? undefined : shellPath(call, text);
    if (path === undefined) {
      continue;
    }
    touched = true;
    const told = directivesIn(path, edited(), budget).backlogs;
    for (const software of new Set(told.map((reading) => reading.software))) {
      call.shell.machine.findings.unknownAt(call.doubt ?? "command-not-understood", place, {
        subject: software,
        file: path,
      });
    }
    if (isSysctlFile(path) || call.shell.machine.files.has(path)) {
      changedSomehow(call, path);
    }
  }
  return touched ? "unclear" : notUnderstood(call);
}

function shellPath(call: Call, text: string): string | undefined {
  return /^(?:of=)?\//.test(text) && !/\s/.test(text) ? call.shell.path(text.replace(/^of=/, "")) : undefined;
}

/** A file from elsewhere. */
function download(call: Call): Status {
  const { shell, fields } = call;
  call.output({ text: HOLE, source: shell.sourceOf(call.line), doubt: call.doubt });
  for (const { text } of fields) {
    const path = shell.path(text.replace(/^(?:-o|-O|--output=|--output-document=)/, ""));
    if (path !== undefined && (isSysctlFile(path) || shell.machine.files.has(path))) {
      changedSomehow({ ...call, doubt: call.doubt ?? "downloaded" }, path);
    }
  }
  return "unclear";
}
