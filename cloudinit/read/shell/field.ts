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
  /** Code that runs to fill a hole. */
  readonly inner?: readonly string[];
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
}

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  readonly why?: UnknownReason;
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
    ? { text: first.text, line, pattern: false, inner: NO_CODE }
    : undefined;
}

const NO_CODE: readonly string[] = [];

function expandWord(word: Word, values: Values, fields: Field[]): void {
  const pieces: Piece[] = [];
  const inner: string[] = [];
  const finish = (): void => {
    if (pieces.length > 0) {
      fields.push(fieldOf(pieces.splice(0), word.line, inner.splice(0)));
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
      pieces.push({ text: HOLE, quoted: true, why: segment.why });
      if (segment.inner !== undefined) {
        inner.push(segment.inner);
      }
      return;
    }
    const { name, quoted } = segment;
    if (name === "@" || name === "*") {
      if (values.arguments === undefined || (name === "*" && quoted)) {
        values.arguments?.forEach((argument) => {
          values.pay(argument.length);
        });
        pieces.push({ text: values.arguments?.join(" ") ?? HOLE, quoted: true, why: "variable" });
        return;
      }
      values.arguments.forEach((argument, at) => {
        values.pay(argument.length);
        if (at > 0) {
          finish();
        }
        pieces.push({ text: argument, quoted: true });
      });
      return;
    }
    const value = valueOf(name, values);
    values.pay(value?.length ?? 0);
    if (value === undefined) {
      pieces.push({ text: HOLE, quoted: true, why: "variable" });
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
    inner: fields.flatMap((field) => field.inner ?? []),
    ...(why === undefined ? {} : { why }),
  };
}

function valueOf(name: string, values: Values): string | undefined {
  if (/^[1-9]$/.test(name)) {
    return values.arguments && (values.arguments[Number(name) - 1] ?? "");
  }
  return /^\w+$/.test(name) && name !== "0" ? values.variable(name) : undefined;
}

function splitUnquoted(value: string, pieces: Piece[], finish: () => void, values: Values): void {
  const parts = value.split(/[ \t\n]+/);
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

function fieldOf(pieces: readonly Piece[], line: number, inner: readonly string[]): Field {
  const bare = pieces.filter(({ quoted }) => !quoted).map(({ text }) => text);
  // Brace expansion is bash's alone, and makes several words of one.
  const braces = bare.some((text) => /\{[^{}]*(?:,|\.\.)/.test(text.slice(0, 4096)) && text.includes("}"));
  const why = braces ? "shells-differ" : pieces.find((piece) => piece.why !== undefined)?.why;
  return {
    text: braces ? HOLE : pieces.map(({ text }) => text).join(""),
    line,
    pattern: bare.some((text) => /[*?[]/.test(text)),
    inner,
    ...(why === undefined ? {} : { why }),
  };
}
