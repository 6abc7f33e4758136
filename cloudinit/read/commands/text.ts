import type { Chunk } from "../files";
import type { UnknownReason } from "../result";
import { HOLE, type Source } from "../source";
import type { Field } from "../shell/field";
import { openForWriting } from "../shell/redirections";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";

/** Commands that make and move text. */
export const TEXT: readonly (readonly [string, Handler])[] = [
  ["echo", echo],
  ["printf", printf],
  ["cat", cat],
  ["tee", tee],
];

function echo(call: Call): Status {
  const { shell, fields } = call;
  let words = fields.map(({ text }) => text);
  let doubt = call.doubt;
  let newline = true;
  let escapes = false;
  for (; /^-[neE]+$/.test(words[0] ?? ""); words = words.slice(1)) {
    const option = words[0] ?? "";
    if (option !== "-n" && shell.dialect === "sh") {
      // dash prints the option, bash takes it.
      doubt ??= "shells-differ";
    }
    newline &&= !option.includes("n");
    escapes = option.includes("e") || (escapes && !option.includes("E"));
  }
  const plain = words.join(" ");
  const ended = (text: string): string => (newline ? `${text}\n` : text);
  if (plain.includes("\\")) {
    const unescaped = unescape(plain);
    if (shell.echoDiffers && !escapes && unescaped !== plain) {
      // Both may be there.
      put(call, ended(unescaped), true, doubt ?? "shells-differ");
      doubt ??= "shells-differ";
    }
    put(call, ended(escapes ? unescaped : plain), escapes, doubt);
  } else {
    put(call, ended(plain), escapes, doubt);
  }
  return "works";
}

function printf(call: Call): Status {
  const [first] = call.fields;
  if (first?.text.startsWith("-v") === true && call.external !== true) {
    return printIntoVariable(call);
  }
  const noMoreOptions = first?.text === "--";
  const [format, ...rest] = noMoreOptions ? call.fields.slice(1) : call.fields;
  if (format === undefined || (format.text.startsWith("-") && !noMoreOptions)) {
    return "fails";
  }
  const text = format.text.includes(HOLE)
    ? HOLE
    : formatted(
        format.text,
        rest.map((field) => field.text),
      );
  put(call, text, true, call.doubt);
  return "works";
}

/** `printf -v NAME FORMAT` of bash, which prints nothing. */
function printIntoVariable({ shell, fields, doubt }: Call): Status {
  const [option = "", ...words] = fields.map(({ text }) => text);
  const [name = "", format = "", ...rest] = option === "-v" ? words : [option.slice(2), ...words];
  if (/^[A-Za-z_]\w*$/.test(name)) {
    const text = format.includes(HOLE) ? HOLE : formatted(format, rest);
    shell.assign(name, shell.dialect === "bash" ? text : undefined, doubt);
  } else {
    // A name that nobody knows, or an entry of an array.
    shell.variables.forget();
  }
  return shell.dialect === "bash" ? "works" : "unclear";
}

/** `%s` and `%d` alone; the format is used again until the arguments are used up. */
function formatted(format: string, args: readonly string[]): string {
  const pieces = format.split(/(%%|%[^A-Za-z%]{0,20}[A-Za-z])/);
  const conversions = pieces.filter((piece, index) => index % 2 === 1 && piece !== "%%");
  if (!conversions.every((piece) => piece === "%s" || piece === "%d" || piece === "%i")) {
    return HOLE;
  }
  const rounds = conversions.length === 0 ? 1 : Math.max(1, Math.ceil(args.length / conversions.length));
  if (rounds * format.length > 200_000) {
    return HOLE;
  }
  let next = 0;
  let text = "";
  for (let round = 0; round < rounds; round++) {
    pieces.forEach((piece, index) => {
      if (index % 2 === 0) {
        text += unescape(piece);
      } else if (piece === "%%") {
        text += "%";
      } else {
        const argument = args[next++] ?? (piece === "%s" ? "" : "0");
        text += piece === "%s" || /^(?:0|[1-9]\d{0,15})$/.test(argument) ? argument : HOLE;
      }
    });
  }
  return text;
}

function unescape(text: string): string {
  return text.replace(/\\([\s\S]?)/g, (_, escaped: string) => {
    switch (escaped) {
      case "n":
        return "\n";
      case "t":
        return "\t";
      case "\\":
        return "\\";
      case '"':
        return '"';
      default:
        return HOLE;
    }
  });
}

/** Text with its place: where the words themselves hold the line ends, each of its lines is a line of the script. */
function put(call: Call, text: string, escaped: boolean, doubt: UnknownReason | undefined): void {
  const first: Field | undefined = call.fields.find((field) => field.text !== "-n" && field.text !== "-e");
  const own = call.shell.sourceOf(first?.line ?? call.line);
  const source: Source = escaped ? { placeOf: () => own.placeOf(1) } : own;
  call.output(doubt === undefined ? { text, source } : { text, source, doubt });
}

function cat(call: Call): Status {
  const options = call.fields.filter(({ text }) => /^-./.test(text));
  if (options.some(({ text }) => text !== "--" && text !== "-u")) {
    // It numbers or marks the lines.
    call.output({ text: HOLE, source: call.shell.sourceOf(call.line), doubt: call.doubt });
    return "unclear";
  }
  const operands = call.fields.filter(({ text }) => !/^-./.test(text));
  const names = operands.length === 0 ? ["-"] : operands.map(({ text }) => text);
  for (const name of names) {
    const path = name === "-" ? undefined : call.shell.path(name);
    const chunks =
      name === "-" ? call.input : path === undefined ? undefined : call.shell.machine.files.chunks(path);
    for (const chunk of chunks ?? [{ text: HOLE, source: call.shell.sourceOf(call.line) }]) {
      pass(call, chunk);
    }
  }
  return names.every((name) => name === "-") ? "works" : "unclear";
}

function tee(call: Call): Status {
  const append = call.fields.some(({ text }) => text === "--append" || /^-[a-z]*a/.test(text));
  const sinks = call.fields
    .filter(({ text }) => !text.startsWith("-"))
    .map((field) => openForWriting(call.shell, field, append, call.doubt));
  const input = call.input ?? [{ text: HOLE, source: call.shell.sourceOf(call.line) }];
  call.shell.machine.budget.spend((input.length * sinks.length) / 8);
  for (const chunk of input) {
    for (const sink of sinks) {
      sink(chunk);
    }
    pass(call, chunk);
  }
  return "works";
}

function pass(call: Call, chunk: Chunk): void {
  const doubt = chunk.doubt ?? call.doubt;
  call.output(doubt === undefined ? chunk : { ...chunk, doubt });
}
