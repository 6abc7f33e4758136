import { directivesIn } from "../backlogs/directives";
import type { FileLine } from "../files";
import { HOLE, placeIn } from "../source";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { notUnderstood } from "./not-understood";
import { touched, touchedFile } from "./touched";

/** Commands that change what is in a file by what is in it. */
export const EDITS: readonly (readonly [string, Handler])[] = [
  ["sed", edit],
  ["perl", edit],
  ["awk", awk],
  ["gawk", awk],
  ["mawk", awk],
  ["ed", edit],
  ["ex", edit],
  ["vi", edit],
  ["vim", edit],
  ["patch", edit],
  ["sponge", edit],
  ["split", edit],
  ["envsubst", edit],
  ["crudini", edit],
  ["augtool", edit],
  ["truncate", edit],
  ["dd", edit],
  ["sort", sort],
];

/** `sed -i` and its like: what becomes of a file depends on what is in it. */
function edit(call: Call): Status {
  const { shell, fields, name } = call;
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const inPlace = base !== "sed" || fields.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text));
  if (!inPlace) {
    const writes = fields.some(({ text }) => /\bw\s*\/(?:etc|proc|usr|run)|\b[ew]\s+\S*sysctl/.test(text.slice(0, 2000)));
    if (writes) {
      shell.machine.loseTrack(call.doubt ?? "command-not-understood", shell.circumstance(call.line, call.doubt));
    }
    return notUnderstood({ ...call, name: { ...call.name, text: "awk" } });
  }
  const { budget } = shell.machine;
  const place = placeIn(shell.source, call.line);
  // What stands in place of what: every piece may be a whole line of the file.
  const edited = (): FileLine[] =>
    fields.flatMap(({ text }) => {
      budget.look(text.length);
      return text
        .slice(0, 4000)
        .split(/[/|#,@\n\\]/)
        .map((line) => ({ text: line, place }));
    });
  let isTouched = false;
  for (const field of fields) {
    const text = field.text.replace(/^(?:of|--output)=/, "");
    if (/^-|^if=/.test(text) || /\s/.test(text) || (!text.startsWith("/") && shell.directory === "/" && !/^(?:\.\/)?(?:etc|proc|usr|run)\//.test(text))) {
      continue;
    }
    const path = field.pattern || text.includes(HOLE) ? undefined : shell.path(text);
    isTouched ||= text.startsWith("/");
    if (path !== undefined) {
      const told = directivesIn(path, edited(), budget).backlogs;
      for (const software of new Set(told.map((reading) => reading.software))) {
        shell.machine.findings.unknownAt(call.doubt ?? "command-not-understood", place, {
          subject: software,
          file: path,
        });
      }
      touchedFile(call, path);
    } else {
      touched(call, text);
    }
  }
  if (/^(?:perl|patch|ed|ex|vim?)$/.test(base) && mentionsSettings(call)) {
    shell.machine.loseTrack(call.doubt ?? "command-not-understood", shell.circumstance(call.line, call.doubt));
  }
  return isTouched ? "unclear" : notUnderstood(call);
} // prettier-ignore

/** Whether a program, or what it is given to read, names settings. */
function mentionsSettings({ fields, input }: Call): boolean {
  return [...fields, ...(input ?? [])].some(({ text }) =>
    /\/(?:etc\/)?sysctl|\/proc\/sys|sysctl/.test(text.slice(0, 4000)),
  );
}

/** Programs of awk can write files, and gawk edits them in place. */
function awk(call: Call): Status {
  const inPlace = call.fields.some(({ text }) => text === "inplace" || text === "-iinplace" || /^--include=?/.test(text));
  const writes = call.fields.some(({ text }) => />\s*"?\/(?:etc|proc)|system\s*\(|\|\s*"|getline/.test(text.slice(0, 4000)) && /sysctl|\/proc\/sys/.test(text.slice(0, 4000)));
  if (writes) {
    call.shell.machine.loseTrack(call.doubt ?? "command-not-understood", call.shell.circumstance(call.line, call.doubt));
  }
  return inPlace ? edit({ ...call, name: { ...call.name, text: "perl" } }) : notUnderstood({ ...call, name: { ...call.name, text: "awk" } });
} // prettier-ignore

function sort(call: Call): Status {
  const at = call.fields.findIndex(({ text }) => text === "-o" || text === "--output");
  const output = at < 0 ? call.fields.find(({ text }) => /^-o.|^--output=/.test(text))?.text.replace(/^(?:-o|--output=)/, "") : call.fields[at + 1]?.text;
  if (output !== undefined) {
    touched(call, output);
  }
  return notUnderstood(call);
} // prettier-ignore
