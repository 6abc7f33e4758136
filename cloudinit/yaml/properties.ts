import { Buffer } from "node:buffer";
import { codesOf, endsLine, endsToken, endsWord, isNameCharacter, SPACE, type Cursor } from "./cursor";
import { YamlFailure } from "./failure";
import type { Directive, Token } from "./token";

// Source of all: yaml/scanner.py of PyYAML, scan_directive(), scan_anchor(), scan_tag() and what they use.

const EXCLAMATION = 0x21;
const PERCENT = 0x25;
const LESS = 0x3c;
const GREATER = 0x3e;

/** Most digits of a number that Python makes of text. */
export const INT_DIGITS = 4300;

export function scanDirective(cursor: Cursor): Directive {
  cursor.forward();
  const name = cursor.take(cursor.count(isNameCharacter));
  if (name === "" || !endsWord(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "a directive without a name");
  }
  const directive =
    name === "YAML" ? yamlDirective(cursor) : name === "TAG" ? tagDirective(cursor) : undefined;
  if (directive === undefined) {
    cursor.forward(cursor.count((code) => !endsLine(code)));
  }
  cursor.skipSpaces();
  cursor.skipComment();
  if (!endsLine(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "text behind a directive");
  }
  cursor.lineBreak();
  return directive ?? { name: "other" };
}

function yamlDirective(cursor: Cursor): Directive {
  cursor.skipSpaces();
  const major = versionNumber(cursor);
  if (cursor.prefix(1) !== ".") {
    throw new YamlFailure("syntax", cursor.at, "a version without a dot");
  }
  cursor.forward();
  versionNumber(cursor);
  if (!endsWord(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "text behind a version");
  }
  return { name: "YAML", major };
}

function versionNumber(cursor: Cursor): string {
  const digits = cursor.take(cursor.count((code) => code >= 0x30 && code <= 0x39));
  if (digits === "" || digits.length > INT_DIGITS) {
    throw new YamlFailure("syntax", cursor.at, "a version that is no number");
  }
  return digits;
}

function tagDirective(cursor: Cursor): Directive {
  cursor.skipSpaces();
  const handle = tagHandle(cursor);
  if (cursor.peek() !== SPACE) {
    throw new YamlFailure("syntax", cursor.at, "a tag directive without a prefix");
  }
  cursor.skipSpaces();
  const prefix = tagUri(cursor);
  if (!endsWord(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "text behind a tag directive");
  }
  return { name: "TAG", handle, prefix };
}

const BEHIND_NAME = codesOf("?:,]}%@`");

/** `&name` or `*name`. */
export function scanAnchor(cursor: Cursor): Token {
  const { at } = cursor;
  const type = cursor.take(1) === "*" ? "alias" : "anchor";
  const name = cursor.take(cursor.count(isNameCharacter));
  const next = cursor.peek();
  if (name === "" || !(endsToken(next) || BEHIND_NAME.has(next))) {
    throw new YamlFailure(
      "syntax",
      cursor.at,
      `an ${type} whose name has other signs than letters and digits`,
    );
  }
  return { type, at, name };
}

export function scanTag(cursor: Cursor): Token {
  const { at } = cursor;
  let handle: string | undefined;
  let suffix: string;
  const next = cursor.peek(1);
  if (next === LESS) {
    cursor.forward(2);
    suffix = tagUri(cursor);
    if (cursor.peek() !== GREATER) {
      throw new YamlFailure("syntax", cursor.at, "a tag that is not closed");
    }
    cursor.forward();
  } else if (endsToken(next)) {
    suffix = "!";
    cursor.forward();
  } else {
    if (hasHandle(cursor)) {
      handle = tagHandle(cursor);
    } else {
      handle = "!";
      cursor.forward();
    }
    suffix = tagUri(cursor);
  }
  if (!endsWord(cursor.peek())) {
    throw new YamlFailure("syntax", cursor.at, "a tag without a space behind it");
  }
  return { type: "tag", at, handle, suffix };
}

function hasHandle(cursor: Cursor): boolean {
  for (let length = 1; !endsWord(cursor.peek(length)); length += 1) {
    if (cursor.peek(length) === EXCLAMATION) {
      return true;
    }
  }
  return false;
}

function tagHandle(cursor: Cursor): string {
  if (cursor.peek() !== EXCLAMATION) {
    throw new YamlFailure("syntax", cursor.at, "a tag's handle without its exclamation mark");
  }
  if (cursor.peek(1) === SPACE) {
    return cursor.take(1);
  }
  let length = 1;
  while (isNameCharacter(cursor.peek(length))) {
    length += 1;
  }
  if (cursor.peek(length) !== EXCLAMATION) {
    throw new YamlFailure("syntax", cursor.at, "a tag's handle that is not closed");
  }
  return cursor.take(length + 1);
}

const URI_SIGNS = codesOf(";/?:@&=+$,.!~*'()[]");

function tagUri(cursor: Cursor): string {
  let uri = "";
  for (;;) {
    const piece = cursor.take(cursor.count((code) => isNameCharacter(code) || URI_SIGNS.has(code)));
    const escaped = cursor.peek() === PERCENT ? uriEscapes(cursor) : "";
    if (piece === "" && escaped === "") {
      break;
    }
    uri += piece + escaped;
  }
  if (uri === "") {
    throw new YamlFailure("syntax", cursor.at, "a tag without a name");
  }
  return uri;
}

function uriEscapes(cursor: Cursor): string {
  const { at } = cursor;
  let hex = "";
  while (cursor.peek() === PERCENT) {
    cursor.forward();
    const digits = cursor.prefix(2);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
      throw new YamlFailure("syntax", cursor.at, "a percent sign without two digits");
    }
    hex += digits;
    cursor.forward(2);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(hex, "hex"));
  } catch {
    throw new YamlFailure("syntax", at, "percent signs that are no UTF-8");
  }
}
