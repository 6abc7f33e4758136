import { dottedForm } from "../../../backlog/sysctld";
import { SYSCTL_CONF, SYSCTL_CONF_LINK, type Chunk, type FileLine } from "../files";
import { kernelAnswer, KNOWN_KEYS } from "../kernel-value";
import { HOLE, placeIn } from "../source";
import type { Field } from "../shell/field";
import type { Status } from "../shell/streams";
import type { Call } from "./call";
import { filesLike, isLike } from "./touched";

interface Options {
  /** What it does before it looks at its operands; `nothing` where it only prints, or refuses an option. */
  readonly does: "system" | "files" | "write" | "nothing" | "unclear";
  readonly operands: readonly Field[];
  /** What it prints of a value that it has set. */
  readonly prints?: "line" | "value" | "nothing" | "unclear";
}

/** sysctl(8) of procps: `-w KEY=VALUE`, `KEY=VALUE`, `-p [FILE...]`, `--system`. */
export function sysctl(call: Call): Status {
  const { shell, line, doubt } = call;
  const circumstance = shell.circumstance(line, doubt);
  const { does, operands, prints = "line" } = readOptions(call.fields);
  switch (does) {
    case "unclear":
      shell.machine.doubtEverything(doubt ?? "command-not-understood", circumstance);
      return "unclear";
    case "system":
      shell.machine.applySystem("sysctl --system", circumstance);
      return "unclear";
    case "files":
      load(call, operands);
      return "unclear";
    case "nothing":
      return "unclear";
    case "write":
      return write(call, operands, prints);
  }
}

const LONG = [
  "all", "binary", "names", "values", "ignore", "quiet", "write", "load", "system", "pattern", "help", "version", "dry-run", "deprecated",
] as const; // prettier-ignore

/** As getopt_long() takes them: in order, short ones in one word, long ones cut short, operands anywhere. */
function readOptions(fields: readonly Field[]): Options {
  const operands: Field[] = [];
  let files = false;
  let attached: Field | undefined;
  let prints = false;
  let said: Options["prints"] = "line";
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at];
    const text = field?.text ?? "";
    if (field === undefined || text === "-" || !text.startsWith("-")) {
      operands.push(...(field ? [field] : []));
      continue;
    }
    if (text === "--") {
      operands.push(...fields.slice(at + 1));
      break;
    }
    if (text.includes(HOLE)) {
      return { does: "unclear", operands };
    }
    if (text.startsWith("--")) {
      const [given = "", value] = text.slice(2).split(/=([\s\S]*)/);
      const meant = LONG.filter((option) => option.startsWith(given));
      const name = meant.find((option) => option === given) ?? (meant.length === 1 ? meant[0] : undefined);
      if (name === "pattern") {
        return { does: "unclear", operands };
      }
      if (name === undefined || name === "help" || name === "version") {
        return { does: "nothing", operands };
      }
      if (name === "system") {
        // It is done at once, whatever follows.
        return { does: prints ? "nothing" : "system", operands };
      }
      prints ||= name === "dry-run" || name === "all";
      said = saidWith(name, said);
      files ||= name === "load";
      attached = name === "load" && value !== undefined ? { ...field, text: value } : attached;
      continue;
    }
    for (let letter = 1; letter < text.length; letter++) {
      const option = text[letter] ?? "";
      if (option === "p" || option === "f") {
        files = true;
        const rest = text.slice(letter + 1);
        attached = rest === "" ? attached : { ...field, text: rest };
        break;
      }
      if (option === "r") {
        return { does: "unclear", operands };
      }
      if (!"abenNoqwxAX".includes(option)) {
        return { does: "nothing", operands };
      }
      prints ||= "aAX".includes(option);
      said = saidWith(option, said);
    }
  }
  return {
    does: prints ? "nothing" : files ? "files" : "write",
    operands: attached ? [attached, ...operands] : operands,
    prints: said,
  };
}

/** `-q` prints nothing, whatever else is asked for; `-n` the value alone. */
function saidWith(option: string, before: Options["prints"]): Options["prints"] {
  if (before === "nothing" || option === "q" || option === "quiet") {
    return "nothing";
  }
  if (option === "n" || option === "values") {
    return "value";
  }
  return ["N", "names", "b", "binary"].includes(option) ? "unclear" : before;
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
    } else if (/[*?[]/.test(path)) {
      // In quotes too: it looks for files itself.
      const found = withConf(call, path, filesLike(call, path));
      if (found === undefined) {
        machine.doubtEverything(doubt ?? "pattern", circumstance);
      }
      found?.forEach((file) => {
        machine.applyFile(file, circumstance);
      });
    } else {
      machine.applyFile(path, circumstance);
    }
  }
}

/** /etc/sysctl.conf has a second name in the directory. */
function withConf({ shell }: Call, pattern: string, found: string[] | undefined): string[] | undefined {
  const { files } = shell.machine;
  const slash = pattern.lastIndexOf("/") + 1;
  const isNamed = pattern.slice(0, slash) === "/etc/sysctl.d/" && isLike("99-sysctl.conf", pattern.slice(slash));
  if (found === undefined || !isNamed || !files.has(SYSCTL_CONF) || files.confUnlinked === true) {
    return found;
  }
  if (files.confUnlinked !== undefined) {
    return undefined;
  }
  const position = found.findIndex((file) => file > SYSCTL_CONF_LINK);
  const before = position < 0 ? found.length : position;
  return [...found.slice(0, before), SYSCTL_CONF, ...found.slice(before)];
} // prettier-ignore

/** What comes in, as the lines of a file. */
function linesOf({ shell, input, line }: Call): FileLine[] {
  const chunks: readonly Chunk[] = input ?? [{ text: HOLE, source: shell.sourceOf(line) }];
  return chunks.flatMap(({ text, source, doubt }) =>
    text.split("\n").map((content, index) => ({ text: content, place: placeIn(source, index + 1), doubt })),
  );
}

/** It prints what it has set, which `sysctl -w KEY=VALUE >> /etc/sysctl.conf` keeps. */
function write(call: Call, operands: readonly Field[], prints: Options["prints"]): Status {
  const { shell, doubt } = call;
  const { machine } = shell;
  let status: Status = "works";
  let refused = false;
  for (const { text, line, why } of operands) {
    const circumstance = shell.circumstance(line, doubt);
    const equals = text.indexOf("=");
    const spelling = text.slice(0, Math.max(equals, 0));
    if (equals < 0) {
      if (text.includes(HOLE)) {
        machine.doubtEverything(doubt ?? why ?? "variable", circumstance);
      }
      status = "unclear";
    } else if (spelling.includes(HOLE) || /[*?[{]/.test(spelling)) {
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
      if (prints !== "nothing" && kernelAnswer(key, value) !== "refuses") {
        const text = prints === "line" ? `${key} = ${value}` : prints === "value" ? value : HOLE;
        const reason = doubt ?? why;
        const chunk = { text: `${text}\n`, source: shell.sourceOf(line) };
        call.output(reason === undefined ? chunk : { ...chunk, doubt: reason });
      }
      if (doubt === undefined && why === undefined && kernelAnswer(key, value) === "refuses") {
        refused = true;
      } else if (!KNOWN_KEYS.includes(key) || kernelAnswer(key, value) !== "takes") {
        status = "unclear";
      }
    }
  }
  return refused ? "fails" : operands.length === 0 ? "unclear" : status;
}
