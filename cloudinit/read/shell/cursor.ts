import { countLines } from "../source";
import { Trouble } from "./trouble";

const DEPTH_LIMIT = 60;

/** The place in a script at which it is read, and what is passed over as a whole from there. */
export class Cursor {
  position = 0;
  /** Whether something was passed that is a syntax error for every shell but bash. */
  onlyBash = false;

  constructor(
    readonly text: string,
    public line = 1,
  ) {}

  /** The character here; undefined at the end. */
  get here(): string | undefined {
    return this.text[this.position];
  }

  get following(): string | undefined {
    return this.text[this.position + 1];
  }

  /** What was passed since a place, but for the character that ends it. */
  since(start: number): string {
    return this.text.slice(start, this.position - 1);
  }

  /** The rest of the line, from here to behind its end. */
  takeLine(): string {
    const start = this.position;
    this.skipToLineEnd();
    const line = this.text.slice(start, this.position);
    this.position += this.here === undefined ? 0 : 1;
    this.line++;
    return line;
  }

  /** Spaces, line ends behind a backslash, and comments. */
  skipBlanks(): void {
    for (;;) {
      if (this.here === " " || this.here === "\t") {
        this.position++;
      } else if (this.here === "\\" && this.following === "\n") {
        this.position += 2;
        this.line++;
      } else if (this.here === "#") {
        this.skipToLineEnd();
      } else {
        return;
      }
    }
  }

  /** What stands between single quotes, from the first to behind the second. */
  takeSingleQuoted(): string {
    const end = this.text.indexOf("'", this.position + 1);
    if (end < 0) {
      throw new Trouble(this.line);
    }
    const text = this.text.slice(this.position + 1, end);
    this.position = end + 1;
    this.line += countLines(text);
    return text;
  }

  /** To behind the next such quote without a backslash. */
  skipToQuote(quote: "'" | "`"): void {
    for (; this.here !== quote; this.position++) {
      this.skipEscaped();
    }
    this.position++;
  }

  /** To behind the closing bracket or quote, with quotes and other brackets inside skipped as wholes. */
  skipNested(close: ")" | "}" | '"', depth = 0): void {
    if (depth > DEPTH_LIMIT) {
      throw new Trouble(this.line, "nested-too-deep");
    }
    for (;;) {
      const { here } = this;
      if (here === close) {
        this.position++;
        return;
      }
      if (here === "'" && close === ")") {
        this.takeSingleQuoted();
      } else if (here === '"') {
        this.position++;
        this.skipNested('"', depth + 1);
      } else if (here === "(" && close === ")") {
        this.position++;
        this.skipNested(")", depth + 1);
      } else if (here === "$" && "({".includes(this.following ?? "x")) {
        const closing = this.following === "(" ? ")" : "}";
        this.position += 2;
        this.skipNested(closing, depth + 1);
      } else if (here === "#" && close === ")" && /\s/.test(this.text[this.position - 1] ?? "x")) {
        this.skipToLineEnd();
      } else {
        this.skipEscaped();
        this.position++;
      }
    }
  }

  private skipToLineEnd(): void {
    const end = this.text.indexOf("\n", this.position);
    this.position = end < 0 ? this.text.length : end;
  }

  /** Counts lines, steps over a backslash to what it escapes, and refuses the end of the text. */
  private skipEscaped(): void {
    if (this.here === "\\") {
      this.position++;
    }
    if (this.position >= this.text.length) {
      throw new Trouble(this.line);
    }
    if (this.here === "\n") {
      this.line++;
    }
  }
}
