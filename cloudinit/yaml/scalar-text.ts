import { codesOf, endsLine, endsToken, endsWord, HASH, isBreak, SPACE, TAB, type Cursor } from "./cursor";
import { YamlFailure } from "./failure";

// Source of all: yaml/scanner.py of PyYAML, scan_block_scalar(), scan_flow_scalar(), scan_plain().

const SINGLE = 0x27;
const DOUBLE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const PLUS = "+";

/** The text of a block, `|` or `>`. @param parentIndent the column of what it stands in */
export function blockScalar(cursor: Cursor, parentIndent: number): string {
  const folded = cursor.take(1) === ">";
  const { keep, increment } = blockIndicators(cursor);
  const chunks: string[] = [];
  const minimum = Math.max(1, parentIndent + 1);
  let breaks: string;
  let indent: number;
  if (increment === undefined) {
    const found = blockIndentation(cursor);
    breaks = found.breaks;
    indent = Math.max(minimum, found.indent);
  } else {
    indent = minimum + increment - 1;
    breaks = blockBreaks(cursor, indent);
  }
  let lineBreak = "";
  while (cursor.column === indent && !atEnd(cursor)) {
    chunks.push(breaks);
    const plain = !isBlank(cursor.peek());
    chunks.push(cursor.take(cursor.count((code) => !endsLine(code))));
    lineBreak = cursor.lineBreak();
    breaks = blockBreaks(cursor, indent);
    if (cursor.column !== indent || atEnd(cursor)) {
      break;
    }
    if (folded && lineBreak === "\n" && plain && !isBlank(cursor.peek())) {
      chunks.push(breaks === "" ? " " : "");
    } else {
      chunks.push(lineBreak);
    }
  }
  if (keep !== false) {
    chunks.push(lineBreak);
  }
  return chunks.join("") + (keep === true ? breaks : "");
}

function atEnd(cursor: Cursor): boolean {
  return cursor.peek() === 0;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function blockIndicators(cursor: Cursor): {
  readonly keep: boolean | undefined;
  readonly increment: number | undefined;
} {
  const chomping = (): boolean | undefined =>
    /^[+-]$/.test(cursor.prefix(1)) ? cursor.take(1) === PLUS : undefined;
  const first = chomping();
  let increment: number | undefined;
  if (/^\d$/.test(cursor.prefix(1))) {
    increment = Number(cursor.prefix(1));
    if (increment === 0) {
      throw new YamlFailure("syntax", cursor.at, "an indentation of 0");
    }
    cursor.forward();
  }
  const keep = first ?? (increment === undefined ? undefined : chomping());
  if (!endsWord(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "more than + or - and a digit behind | or >");
  }
  cursor.skipSpaces();
  cursor.skipComment();
  if (!endsLine(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "text behind | or >");
  }
  cursor.lineBreak();
  return { keep, increment };
}

function blockIndentation(cursor: Cursor): { readonly breaks: string; readonly indent: number } {
  let breaks = "";
  let indent = 0;
  for (;;) {
    if (cursor.peek() === SPACE) {
      cursor.forward();
      indent = Math.max(indent, cursor.column);
    } else if (isBreak(cursor.peek())) {
      breaks += cursor.lineBreak();
    } else {
      return { breaks, indent };
    }
  }
}

function blockBreaks(cursor: Cursor, indent: number): string {
  let breaks = "";
  for (;;) {
    while (cursor.column < indent && cursor.peek() === SPACE) {
      cursor.forward();
    }
    if (!isBreak(cursor.peek())) {
      return breaks;
    }
    breaks += cursor.lineBreak();
  }
}

/** The text of a scalar in quotes. */
export function quotedScalar(cursor: Cursor): string {
  const start = cursor.at;
  const quote = cursor.peek();
  const double = quote === DOUBLE;
  cursor.forward();
  const chunks: string[] = [];
  quotedWord(cursor, double, chunks);
  while (cursor.peek() !== quote) {
    quotedSpaces(cursor, start, chunks);
    quotedWord(cursor, double, chunks);
  }
  cursor.forward();
  return chunks.join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  0: "\0", a: "\x07", b: "\b", t: "\t", "\t": "\t", n: "\n", v: "\v", f: "\f", r: "\r", e: "\x1b", " ": " ", '"': '"', "\\": "\\", "/": "/",
  N: "\x85", _: "\xa0", L: "\u2028", P: "\u2029",
}; // prettier-ignore

const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function quotedWord(cursor: Cursor, double: boolean, chunks: string[]): void {
  for (;;) {
    chunks.push(
      cursor.take(
        cursor.count((code) => code !== SINGLE && code !== DOUBLE && code !== BACKSLASH && !endsToken(code)),
      ),
    );
    const code = cursor.peek();
    if (!double && code === SINGLE && cursor.peek(1) === SINGLE) {
      chunks.push("'");
      cursor.forward(2);
    } else if (double ? code === SINGLE : code === DOUBLE || code === BACKSLASH) {
      chunks.push(cursor.take(1));
    } else if (double && code === BACKSLASH) {
      chunks.push(escaped(cursor));
    } else {
      return;
    }
  }
}

function escaped(cursor: Cursor): string {
  const start = cursor.at;
  cursor.forward();
  const sign = cursor.prefix(1);
  if (Object.hasOwn(ESCAPES, sign)) {
    cursor.forward();
    return ESCAPES[sign] ?? "";
  }
  if (Object.hasOwn(ESCAPE_DIGITS, sign)) {
    cursor.forward();
    const digits = cursor.prefix(ESCAPE_DIGITS[sign] ?? 0);
    if (!/^[0-9A-Fa-f]+$/.test(digits) || digits.length !== ESCAPE_DIGITS[sign]) {
      throw new YamlFailure("syntax", start, "an escape without its digits");
    }
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      // Python takes half a character, and fails where it writes it down.
      throw new YamlFailure("value", start, "an escape of what is no character");
    }
    cursor.forward(digits.length);
    return String.fromCodePoint(code);
  }
  if (isBreak(cursor.peek())) {
    cursor.lineBreak();
    return quotedBreaks(cursor);
  }
  throw new YamlFailure("syntax", start, "an unknown escape");
}

function quotedSpaces(cursor: Cursor, start: number, chunks: string[]): void {
  const blanks = cursor.take(cursor.count(isBlank));
  if (atEnd(cursor)) {
    throw new YamlFailure("syntax", start, "a quote that is not closed");
  }
  if (!isBreak(cursor.peek())) {
    chunks.push(blanks);
    return;
  }
  const lineBreak = cursor.lineBreak();
  const breaks = quotedBreaks(cursor);
  chunks.push(joint(lineBreak, breaks));
}

/** What stands for a line break and those behind it: one alone is a space. */
function joint(lineBreak: string, breaks: string): string {
  return (lineBreak !== "\n" ? lineBreak : breaks === "" ? " " : "") + breaks;
}

function quotedBreaks(cursor: Cursor): string {
  let breaks = "";
  for (;;) {
    if (cursor.atSeparator()) {
      throw new YamlFailure("syntax", cursor.at, "a line of a document's end within quotes");
    }
    cursor.forward(cursor.count(isBlank));
    if (!isBreak(cursor.peek())) {
      return breaks;
    }
    breaks += cursor.lineBreak();
  }
}

/** What a plain scalar is, and whether it went over a line break. */
export interface PlainScalar {
  readonly text: string;
  /** Whether it ends behind a line break: a key may begin there. */
  readonly broken: boolean;
}

/** The text of a scalar without quotes. @param indent the least column of its further lines */
export function plainScalar(cursor: Cursor, indent: number, flow: boolean): PlainScalar {
  const chunks: string[] = [];
  let spaces: string | undefined = "";
  let broken = false;
  while (cursor.peek() !== HASH) {
    const length = plainLength(cursor, flow);
    if (length === 0) {
      break;
    }
    chunks.push(spaces, cursor.take(length));
    const line = cursor.line;
    spaces = plainSpaces(cursor);
    broken = cursor.line !== line;
    if (spaces === undefined || spaces === "" || (!flow && cursor.column < indent)) {
      break;
    }
  }
  return { text: chunks.join(""), broken };
}

const FLOW_SIGNS = codesOf("?,[]{}");
const BEHIND_COLON = codesOf(",[]{}");

function plainLength(cursor: Cursor, flow: boolean): number {
  for (let length = 0; ; length += 1) {
    const code = cursor.peek(length);
    if (endsToken(code) || (flow && FLOW_SIGNS.has(code))) {
      return length;
    }
    if (code === COLON) {
      const next = cursor.peek(length + 1);
      if (endsToken(next) || (flow && BEHIND_COLON.has(next))) {
        return length;
      }
    }
  }
}

/** Undefined where a document ends. */
function plainSpaces(cursor: Cursor): string | undefined {
  const blanks = cursor.take(cursor.count((code) => code === SPACE));
  if (!isBreak(cursor.peek())) {
    return blanks;
  }
  const lineBreak = cursor.lineBreak();
  let breaks = "";
  let fresh = true;
  for (;;) {
    if (fresh && cursor.atSeparator()) {
      return undefined;
    }
    if (cursor.peek() === SPACE) {
      cursor.forward();
      fresh = false;
    } else if (isBreak(cursor.peek())) {
      breaks += cursor.lineBreak();
      fresh = true;
    } else {
      break;
    }
  }
  return joint(lineBreak, breaks);
}
