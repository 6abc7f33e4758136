import type { UnknownReason } from "../result";
import { HOLE } from "../source";
import type { Word } from "./syntax";

/** One argument of a command, after expansion. */
export interface Field {
  /** With a {@link HOLE} for what only the running shell knows. */
  readonly text: string;
  readonly line: number;
  /** Why there is a hole. */
  readonly why?: UnknownReason;
  /** It has the number of the shell's own process in it. */
  readonly self?: true;
  /** It has an unquoted `*`, `?` or `[`. */
  readonly pattern: boolean;
}

/** The values that a script can refer to. */
export interface Values {
  /** Pays for a piece of text before it becomes a part of a field: a variable can hold very much, and be named often. */
  pay(characters: number): void;
  /** The value of a variable; undefined if only the running shell knows it. */
  variable(name: string): string | undefined;
  /** `$1` and following; undefined if they are not known. */
  readonly arguments: readonly string[] | undefined;
  /** What splits unquoted values (`IFS`); undefined if nobody knows. */
  readonly separators: string | undefined;
  readonly dialect: "sh" | "bash";
  /** Runs the code of a command substitution, for what it does. */
  substitute(code: string, line: number): void;
  /** A parameter is used without a value for the case that it has none. */
  use(name: string): void;
  /** Does what `${...}` does besides giving a value. */
  braces(inner: string): void;
  /** Does what arithmetic does besides giving a value. */
  arithmetic(text: string): unknown;
}

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  readonly why?: UnknownReason;
  readonly self?: true;
}

/** Expands words into arguments: a word gives none, one, or several where an unquoted variable holds white space. */
export function expandWords(words: readonly Word[], values: Values): Field[] {
  const fields: Field[] = [];
  for (const word of words) {
    const plain = plainField(word);
    if (plain) {
      values.pay(plain.text.length);
      fields.push(plain);
    } else {
      expandWord(word, values, fields);
    }
  }
  return fields;
}

/** The field of a word of letters alone, which most words are. */
function plainField({ segments: [first, second], line }: Word): Field | undefined {
  return first?.kind === "text" && second === undefined && !first.quoted && !/[^\w./=:,-]/.test(first.text)
    ? { text: first.text, line, pattern: false }
    : undefined;
}

function expandWord(word: Word, values: Values, fields: Field[]): void {
  const pieces: Piece[] = [];
  const finish = (): void => {
    if (pieces.length > 0) {
      fields.push(fieldOf(pieces.splice(0), word.line));
    }
  };
  word.segments.forEach((segment, index) => {
    if (segment.kind === "text") {
      values.pay(segment.text.length);
      const home = index === 0 && !segment.quoted && segment.text.startsWith("~");
      pieces.push(home ? { ...segment, text: HOLE, why: "variable" } : segment);
      return;
    }
    if (segment.kind === "hole") {
      pieces.push(filledBy(segment, values));
      return;
    }
    const { name, quoted } = segment;
    values.use(name);
    if (name === "@" || name === "*") {
      if (values.arguments === undefined || (name === "*" && quoted)) {
        values.arguments?.forEach((argument) => {
          values.pay(argument.length);
        });
        const known = values.separators?.startsWith(" ") === true ? values.arguments?.join(" ") : undefined;
        pieces.push({ text: known ?? HOLE, quoted: true, why: "variable" });
        return;
      }
      values.arguments.forEach((argument, at) => {
        values.pay(argument.length);
        if (at > 0) {
          finish();
        }
        if (quoted) {
          pieces.push({ text: argument, quoted: true });
        } else {
          splitUnquoted(argument, pieces, finish, values);
        }
      });
      return;
    }
    const value = valueOf(name, values);
    values.pay(value?.length ?? 0);
    if (value === undefined) {
      pieces.push({ text: HOLE, quoted: true, why: "variable", ...(name === "$" && { self: true }) });
    } else if (quoted) {
      pieces.push({ text: value, quoted: true });
    } else {
      splitUnquoted(value, pieces, finish, values);
    }
  });
  finish();
}

/** The text of a word where no splitting happens: an assignment, a here-document. */
export function expandText(word: Word, values: Values): Field {
  const quoted: Word = {
    line: word.line,
    segments: word.segments.map((segment) =>
      segment.kind === "variable" && segment.name !== "@" ? { ...segment, quoted: true } : segment,
    ),
  };
  const fields = expandWords([quoted], values);
  const why = fields.find((field) => field.why !== undefined)?.why;
  return {
    text: fields.map(({ text }) => text).join(" "),
    line: word.line,
    pattern: false,
    ...(why === undefined ? {} : { why }),
  };
}

function valueOf(name: string, values: Values): string | undefined {
  if (/^[1-9]$/.test(name)) {
    return values.arguments && (values.arguments[Number(name) - 1] ?? "");
  }
  return /^\w+$/.test(name) && name !== "0" ? values.variable(name) : undefined;
}

/** What a hole holds as far as it is known, once what runs in it has run. */
function filledBy(
  { why, code, braces, arithmetic, bash }: Extract<Word["segments"][number], { kind: "hole" }>,
  values: Values,
): Piece {
  if (code !== undefined) {
    values.substitute(code.text, code.line);
  }
  if (braces !== undefined) {
    values.braces(braces);
  }
  if (arithmetic !== undefined) {
    values.arithmetic(arithmetic);
  }
  return bash !== undefined && values.dialect === "bash"
    ? { text: bash, quoted: true }
    : { text: HOLE, quoted: true, why };
}

const BLANKS = /[ \t\n]+/;

/** White space of `IFS` splits as one; undefined where anything else of it is in the value, or may be. */
function splitBy(separators: string | undefined, value: string): readonly string[] | undefined {
  if (separators === " \t\n") {
    return value.split(BLANKS);
  }
  const blanks = separators?.replace(/[^ \t\n]/g, "");
  if (separators === undefined || blanks === undefined) {
    return value === "" ? [""] : undefined;
  }
  if (Array.from(separators).some((sign) => !BLANKS.test(sign) && value.includes(sign))) {
    return undefined;
  }
  return blanks === "" ? [value] : value.split(new RegExp(`[${blanks}]+`));
}

function splitUnquoted(value: string, pieces: Piece[], finish: () => void, values: Values): void {
  const parts = splitBy(values.separators, value);
  if (parts === undefined) {
    pieces.push({ text: HOLE, quoted: true, why: "variable" });
    return;
  }
  parts.forEach((part, index) => {
    values.pay(part.length);
    if (index > 0) {
      finish();
    }
    if (part !== "") {
      pieces.push({ text: part, quoted: false });
    }
  });
}

function fieldOf(pieces: readonly Piece[], line: number): Field {
  const bare = pieces.filter(({ quoted }) => !quoted).map(({ text }) => text);
  // Brace expansion is bash's alone, and makes several words of one.
  const braces = bare.some((text) => /\{[^{}]*(?:,|\.\.)/.test(text.slice(0, 4096)) && text.includes("}"));
  const why = braces ? "shells-differ" : pieces.find((piece) => piece.why !== undefined)?.why;
  return {
    text: braces ? HOLE : pieces.map(({ text }) => text).join(""),
    line,
    pattern: bare.some((text) => /[*?[]/.test(text)),
    ...(why === undefined ? {} : { why }),
    ...(pieces.some((piece) => piece.self) && { self: true }),
  };
}
