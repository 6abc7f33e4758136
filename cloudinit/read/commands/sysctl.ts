import { dottedForm } from "../../../backlog/sysctld";
import type { Chunk, FileLine } from "../files";
import { kernelAnswer, KNOWN_KEYS } from "../kernel-value";
import { HOLE, placeIn } from "../source";
import type { Field } from "../shell/field";
import type { Status } from "../shell/shell";
import type { Call } from "./call";

const LOADING = /^(?:-p|-f|--load)$/;

interface Options {
  readonly files: boolean;
  readonly system: boolean;
  readonly pattern: boolean;
  readonly operands: readonly Field[];
}

/** sysctl(8) of procps: `-w KEY=VALUE`, `KEY=VALUE`, `-p [FILE...]`, `--system`. */
export function sysctl(call: Call): Status {
  const { shell, line, doubt } = call;
  const circumstance = shell.circumstance(line, doubt);
  const options = readOptions(call.fields);
  if (options.pattern) {
    shell.machine.doubtEverything(doubt ?? "command-not-understood", circumstance);
    return "unclear";
  }
  if (options.system) {
    shell.machine.applySystem("sysctl --system", circumstance);
    return "unclear";
  }
  if (options.files) {
    load(call, options.operands);
    return "unclear";
  }
  return write(call, options.operands);
}

function readOptions(fields: readonly Field[]): Options {
  const operands: Field[] = [];
  let files = false;
  let system = false;
  let pattern = false;
  fields.forEach((field, index) => {
    const { text } = field;
    const attached = /^(?:-[a-zA-Z]{0,6}?[pf]|--load=)(.+)$/s.exec(text);
    if (text === "--system") {
      system = true;
    } else if (LOADING.test(text) || /^-[benNwqeox]{1,8}[pf]$/.test(text)) {
      files = true;
    } else if (/^(?:-r|--pattern)/.test(text)) {
      pattern = true;
    } else if (attached?.[1] !== undefined && !/^-[benNwqeox]+$/.test(text)) {
      files = true;
      operands.push({ ...field, text: attached[1] });
    } else if (!text.startsWith("-") || (text === "-" && index > 0)) {
      operands.push(field);
    }
  });
  return { files, system, pattern, operands };
}

function load(call: Call, operands: readonly Field[]): void {
  const { shell, doubt } = call;
  const { machine } = shell;
  const circumstance = shell.circumstance(call.line, doubt);
  for (const field of operands.length === 0 ? [{ text: "/etc/sysctl.conf", pattern: false }] : operands) {
    if (field.text === "-" || field.text === "/dev/stdin") {
      machine.applyFile("/dev/stdin", circumstance, linesOf(call));
      continue;
    }
    const path = shell.path(field.text);
    if (path === undefined) {
      machine.doubtEverything(doubt ?? "variable", circumstance);
    } else if (field.pattern) {
      const directory = /^(.*)\/\*(\.conf)?$/.exec(path);
      if (directory === null) {
        machine.doubtEverything(doubt ?? "pattern", circumstance);
        continue;
      }
      const prefix = `${directory[1] ?? ""}/`;
      for (const found of machine.files
        .paths()
        .filter((file) => file.startsWith(prefix))
        .sort()) {
        const name = found.slice(prefix.length);
        if (!name.includes("/") && !name.startsWith(".") && name.endsWith(directory[2] ?? "")) {
          machine.applyFile(found, circumstance);
        }
      }
    } else {
      machine.applyFile(path, circumstance);
    }
  }
}

/** What comes in, as the lines of a file. */
function linesOf({ shell, input, line }: Call): FileLine[] {
  const chunks: readonly Chunk[] = input ?? [{ text: HOLE, source: shell.sourceOf(line) }];
  return chunks.flatMap(({ text, source, doubt }) =>
    text.split("\n").map((content, index) => ({ text: content, place: placeIn(source, index + 1), doubt })),
  );
}

function write(call: Call, operands: readonly Field[]): Status {
  const { shell, doubt } = call;
  const { machine } = shell;
  let status: Status = "works";
  for (const { text, line, why } of operands) {
    const circumstance = shell.circumstance(line, doubt);
    const equals = text.indexOf("=");
    const spelling = text.slice(0, Math.max(equals, 0));
    if (equals < 0) {
      if (text.includes(HOLE)) {
        machine.doubtEverything(doubt ?? why ?? "variable", circumstance);
      }
      status = "unclear";
    } else if (spelling.includes(HOLE) || /[*?[]/.test(spelling)) {
      machine.doubtEverything(doubt ?? why ?? "pattern", circumstance);
      status = "unclear";
    } else {
      const bare = spelling.trim().replace(/^-/, "");
      const key = dottedForm(bare);
      const value = text.slice(equals + 1);
      if (spelling !== spelling.trim() || value !== value.trim()) {
        // Older releases take the space for a part of the key.
        machine.doubt(key, doubt ?? "sysctl-versions-differ", circumstance);
        status = "unclear";
        continue;
      }
      machine.set(key, value, "sysctl -w", { ...circumstance, doubt: doubt ?? why });
      if (!KNOWN_KEYS.includes(key) || kernelAnswer(key, value) !== "takes") {
        status = "unclear";
      }
    }
  }
  return operands.length === 0 ? "unclear" : status;
}
