import { Buffer } from "node:buffer";

/** The place in a text at which it is scanned, as PyYAML's reader has it: with its line breaks, and columns for indentation. */
export class Cursor {
  at = 0;
  line = 0;
  column = 0;
  /** Characters so far: the limits of PyYAML count those, and `at` counts UTF-16 units. */
  characters = 0;
  private readonly text: string;

  /** @param text without NUL, which marks the end */
  constructor(text: string) {
    this.text = `${text}\0`;
  }

  peek(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead);
  }

  prefix(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }

  forward(length = 1): void {
    for (const end = this.at + length; this.at < end;) {
      const code = this.text.charCodeAt(this.at);
      this.at += 1;
      if (isLowSurrogate(code)) {
        continue;
      }
      this.characters += 1;
      if (isBreak(code) && !(code === CR && this.text.charCodeAt(this.at) === LF)) {
        this.line += 1;
        this.column = 0;
      } else if (code !== BOM) {
        this.column += 1;
      }
    }
  }

  /** Takes what `length` counts and returns it. */
  take(length: number): string {
    const taken = this.prefix(length);
    this.forward(length);
    return taken;
  }

  /** How many characters from here on are such ones. */
  count(is: (code: number) => boolean): number {
    let length = 0;
    while (is(this.peek(length))) {
      length += 1;
    }
    return length;
  }

  /** Passes over a comment, if there is one. */
  skipComment(): void {
    if (this.peek() === HASH) {
      this.forward(this.count((code) => !endsLine(code)));
    }
  }

  skipSpaces(): void {
    this.forward(this.count((code) => code === SPACE));
  }

  /** Takes a line break, as the value of a scalar has it; empty where there is none. */
  lineBreak(): string {
    const code = this.peek();
    if (code === 0x2028 || code === 0x2029) {
      return this.take(1);
    }
    if (!isBreak(code)) {
      return "";
    }
    this.forward(code === CR && this.peek(1) === LF ? 2 : 1);
    return "\n";
  }

  /** Whether `---` or `...` stands here, which divides documents at the beginning of a line. */
  atSeparator(): boolean {
    const sign = this.peek();
    return (
      (sign === DASH || sign === DOT) &&
      this.peek(1) === sign &&
      this.peek(2) === sign &&
      endsToken(this.peek(3))
    );
  }
}

export const END = 0;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const DASH = 0x2d;
export const DOT = 0x2e;
const BOM = 0xfeff;

export function isBreak(code: number): boolean {
  return code === LF || code === CR || code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function endsLine(code: number): boolean {
  return code === END || isBreak(code);
}

/** A space, or the end of a line. A tab is none of them. */
export function endsWord(code: number): boolean {
  return code === SPACE || endsLine(code);
}

export function endsToken(code: number): boolean {
  return code === TAB || endsWord(code);
}

/** What names of anchors, tag handles and directives are made of. */
export function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === DASH ||
    code === 0x5f
  );
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** The codes of ASCII signs. */
export function codesOf(signs: string): ReadonlySet<number> {
  return new Set(Buffer.from(signs, "latin1"));
}
