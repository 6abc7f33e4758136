import { countLines, HOLE } from "../source";
import type { Segment, Word } from "./syntax";

/** What is not shell, or is nested deeper than anyone writes. */
export class Trouble extends Error {
  constructor(
    readonly line: number,
    readonly reason: "shell-syntax" | "nested-too-deep" = "shell-syntax",
  ) {
    super(reason);
  }
}

export type Token =
  | { readonly kind: "word"; readonly word: Word; readonly line: number; readonly end: number }
  | { readonly kind: "operator"; readonly text: string; readonly line: number; readonly end: number }
  | { readonly kind: "newline" | "end"; readonly line: number; readonly end: number };

const OPERATORS = [
  "&>>", "<<<", "<<-", ";;&",
  "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&",
  "|", "&", ";", "<", ">", "(", ")",
] as const; // prettier-ignore

const DEPTH_LIMIT = 60;
const BREAKS = new Set([" ", "\t", "\n", "|", "&", ";", "<", ">", "(", ")"]);

interface PendingDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  readonly fill: (word: Word) => void;
}

/** Words and operators of a POSIX shell, with what bash adds that people use. Every character is looked at a fixed number of times. */
export class Lexer {
  private position = 0;
  private readonly pending: PendingDocument[] = [];
  /** Whether there was something that is a syntax error for every shell but bash. */
  onlyBash = false;

  constructor(
    private readonly text: string,
    private line = 1,
  ) {}

  next(): Token {
    this.skipBlanks();
    const { line } = this;
    const character = this.text[this.position];
    if (character === undefined) {
      return { kind: "end", line, end: this.position };
    }
    if (character === "\n") {
      this.position++;
      this.line++;
      this.readDocuments();
      return { kind: "newline", line, end: this.position };
    }
    if (BREAKS.has(character) && !this.atProcessSubstitution()) {
      const text = OPERATORS.find((operator) => this.text.startsWith(operator, this.position));
      if (text === undefined) {
        throw new Trouble(line);
      }
      this.position += text.length;
      this.onlyBash ||= text === "|&" || text === ";&" || text === ";;&";
      return { kind: "operator", text, line, end: this.position };
    }
    return { kind: "word", word: this.readWord(), line, end: this.position };
  }

  /** Takes the word after `<<`: the text itself follows the end of the line. */
  document(delimiter: Word, stripTabs: boolean, fill: (word: Word) => void): void {
    this.pending.push({
      delimiter: delimiter.segments.map((segment) => (segment.kind === "text" ? segment.text : "")).join(""),
      quoted: delimiter.segments.some((segment) => segment.kind === "text" && segment.quoted),
      stripTabs,
      fill,
    });
  }

  /** Skips to the end of `[[ ... ]]`, in which operators mean something else. */
  skipTest(): string {
    const start = this.position;
    for (let token = this.next(); ; token = this.next()) {
      if (token.kind === "end") {
        throw new Trouble(token.line);
      }
      // A parenthesis where other shells see the arguments of a command.
      this.onlyBash ||= token.kind === "operator" && (token.text === "(" || token.text === ")");
      if (token.kind === "word" && plainText(token.word) === "]]") {
        return this.text.slice(start, token.end - 2);
      }
    }
  }

  /** Skips to the `))` of an arithmetic command, from behind its `((`. */
  skipArithmetic(): string {
    const start = this.position;
    this.skipParentheses(0);
    if (this.text[this.position] !== ")") {
      throw new Trouble(this.line);
    }
    this.position++;
    return this.text.slice(start, this.position - 2);
  }

  /** Whether another `(` follows at once. */
  startsArithmetic(): boolean {
    return this.text[this.position] === "(";
  }

  private skipBlanks(): void {
    for (;;) {
      const character = this.text[this.position];
      if (character === " " || character === "\t") {
        this.position++;
      } else if (character === "\\" && this.text[this.position + 1] === "\n") {
        this.position += 2;
        this.line++;
      } else if (character === "#") {
        const end = this.text.indexOf("\n", this.position);
        this.position = end < 0 ? this.text.length : end;
      } else {
        return;
      }
    }
  }

  private atProcessSubstitution(): boolean {
    const character = this.text[this.position];
    return (character === "<" || character === ">") && this.text[this.position + 1] === "(";
  }

  private readWord(): Word {
    const { line } = this;
    const segments: Segment[] = [];
    let plain = "";
    const flush = (): void => {
      if (plain !== "") {
        segments.push({ kind: "text", text: plain, quoted: false });
        plain = "";
      }
    };
    for (;;) {
      const character = this.text[this.position];
      if (character === undefined) {
        break;
      }
      if (this.atProcessSubstitution()) {
        flush();
        const { line: first } = this;
        const start = this.position + 2;
        this.position += 2;
        this.skipParentheses(0);
        this.onlyBash = true;
        segments.push({
          kind: "hole",
          why: "command-substitution",
          code: { text: this.text.slice(start, this.position - 1), line: first },
        });
      } else if (character === "(" && /^[A-Za-z_]\w*\+?=$/.test(plain)) {
        this.onlyBash = true;
        flush();
        this.position++;
        this.skipParentheses(0);
        segments.push({ kind: "hole", why: "variable" });
      } else if (BREAKS.has(character)) {
        break;
      } else if (character === "'") {
        flush();
        segments.push({ kind: "text", text: this.readSingleQuoted(), quoted: true });
      } else if (character === '"') {
        flush();
        this.readDoubleQuoted(segments);
      } else if (character === "\\") {
        this.readEscape(segments, flush);
      } else if (character === "$" || character === "`") {
        flush();
        const expansion = this.readExpansion(false);
        if (expansion === undefined) {
          plain += "$";
        } else {
          segments.push(expansion);
        }
      } else {
        plain += character;
        this.position++;
      }
    }
    flush();
    return { segments, line };
  }

  private readEscape(segments: Segment[], flush: () => void): void {
    const escaped = this.text[this.position + 1];
    this.position += 2;
    if (escaped === "\n") {
      this.line++;
    } else {
      flush();
      segments.push({ kind: "text", text: escaped ?? "\\", quoted: true });
    }
  }

  private readSingleQuoted(): string {
    const end = this.text.indexOf("'", this.position + 1);
    if (end < 0) {
      throw new Trouble(this.line);
    }
    const text = this.text.slice(this.position + 1, end);
    this.position = end + 1;
    this.line += countLines(text);
    return text;
  }

  private readDoubleQuoted(segments: Segment[]): void {
    const start = this.line;
    this.position++;
    let text = "";
    const before = segments.length;
    const flush = (): void => {
      if (text !== "") {
        segments.push({ kind: "text", text, quoted: true });
        text = "";
      }
    };
    for (;;) {
      const character = this.text[this.position];
      if (character === undefined) {
        throw new Trouble(start);
      }
      if (character === '"') {
        this.position++;
        break;
      }
      if (character === "\\" && '$`"\\\n'.includes(this.text[this.position + 1] ?? "x")) {
        const escaped = this.text[this.position + 1] ?? "";
        this.position += 2;
        if (escaped === "\n") {
          this.line++;
        } else {
          text += escaped;
        }
      } else if (character === "$" || character === "`") {
        flush();
        const expansion = this.readExpansion(true);
        if (expansion === undefined) {
          text += "$";
        } else {
          segments.push(expansion);
        }
      } else {
        if (character === "\n") {
          this.line++;
        }
        text += character;
        this.position++;
      }
    }
    flush();
    if (segments.length === before) {
      segments.push({ kind: "text", text: "", quoted: true });
    }
  }

  /** What `$` or a backquote begins; undefined for a `$` that stands for itself. */
  private readExpansion(quoted: boolean): Segment | undefined {
    const { line } = this;
    if (this.text[this.position] === "`") {
      const start = this.position + 1;
      this.position = start;
      this.skipUntilBackquote();
      const text = this.text.slice(start, this.position - 1).replace(/\\([$`\\])/g, "$1");
      return { kind: "hole", why: "command-substitution", code: { text, line } };
    }
    const following = this.text[this.position + 1] ?? "";
    if (following === "(") {
      const start = this.position + 2;
      this.position = start;
      this.skipParentheses(0);
      const text = this.text.slice(start, this.position - 1);
      return text.startsWith("(") && text.endsWith(")")
        ? { kind: "hole", why: "command-substitution", arithmetic: text.slice(1, -1) }
        : { kind: "hole", why: "command-substitution", code: { text, line } };
    }
    if (following === "{") {
      return this.readBraces(quoted);
    }
    if (!quoted && (following === "'" || following === '"')) {
      // $'...' and $"..." are bash's alone.
      this.position++;
      if (following === "'") {
        const start = this.position + 1;
        this.skipAnsiQuoted();
        const bash = ansiText(this.text.slice(start, this.position - 1));
        return { kind: "hole", why: "shells-differ", ...(bash === undefined ? {} : { bash }) };
      }
      this.readDoubleQuoted([]);
      return { kind: "hole", why: "shells-differ" };
    }
    const name = /^(?:[A-Za-z_]\w{0,200}|[0-9@*#?$!-])/.exec(
      this.text.slice(this.position + 1, this.position + 203),
    )?.[0];
    this.position += 1 + (name?.length ?? 0);
    return name === undefined ? undefined : { kind: "variable", name, quoted };
  }

  private readBraces(quoted: boolean): Segment {
    const start = this.position + 2;
    this.position = start;
    this.skipBraces(0);
    const inner = this.text.slice(start, this.position - 1);
    return /^(?:[A-Za-z_]\w*|[0-9]|[@*])$/.test(inner)
      ? { kind: "variable", name: inner, quoted }
      : { kind: "hole", why: "variable", braces: inner };
  }

  private skipAnsiQuoted(): void {
    for (this.position++; this.text[this.position] !== "'"; this.position++) {
      this.skipOne();
    }
    this.position++;
  }

  private skipUntilBackquote(): void {
    for (; this.text[this.position] !== "`"; this.position++) {
      this.skipOne();
    }
    this.position++;
  }

  /** Counts lines, steps over what a backslash escapes, and refuses the end of the text. */
  private skipOne(): void {
    if (this.text[this.position] === "\\") {
      this.position++;
    }
    if (this.position >= this.text.length) {
      throw new Trouble(this.line);
    }
    if (this.text[this.position] === "\n") {
      this.line++;
    }
  }

  private skipBraces(depth: number): void {
    this.skipNested("}", depth);
  }

  private skipParentheses(depth: number): void {
    this.skipNested(")", depth);
  }

  /** Behind the closing bracket, with quotes and other brackets inside skipped as wholes. */
  private skipNested(close: string, depth: number): void {
    if (depth > DEPTH_LIMIT) {
      throw new Trouble(this.line, "nested-too-deep");
    }
    for (;;) {
      const character = this.text[this.position];
      if (character === close) {
        this.position++;
        return;
      }
      if (character === "'" && close === ")") {
        this.readSingleQuoted();
      } else if (character === '"') {
        this.position++;
        this.skipNested('"', depth + 1);
      } else if (character === "(" && close === ")") {
        this.position++;
        this.skipNested(")", depth + 1);
      } else if (character === "$" && "({".includes(this.text[this.position + 1] ?? "x")) {
        const closing = this.text[this.position + 1] === "(" ? ")" : "}";
        this.position += 2;
        this.skipNested(closing, depth + 1);
      } else if (character === "#" && close === ")" && /\s/.test(this.text[this.position - 1] ?? "x")) {
        const end = this.text.indexOf("\n", this.position);
        this.position = end < 0 ? this.text.length : end;
      } else {
        this.skipOne();
        this.position++;
      }
    }
  }

  private readDocuments(): void {
    if (this.pending.length === 0) {
      return;
    }
    for (const document of this.pending.splice(0)) {
      const line = this.line;
      const lines: string[] = [];
      while (this.position < this.text.length) {
        const end = this.text.indexOf("\n", this.position);
        const raw = this.text.slice(this.position, end < 0 ? this.text.length : end);
        this.position = end < 0 ? this.text.length : end + 1;
        this.line++;
        const content = document.stripTabs ? raw.replace(/^\t+/, "") : raw;
        if (content === document.delimiter) {
          break;
        }
        lines.push(content);
      }
      const text = lines.map((content) => `${content}\n`).join("");
      document.fill(
        document.quoted
          ? { segments: [{ kind: "text", text, quoted: true }], line }
          : new Lexer(text, line).readDocumentText(line),
      );
    }
  }

  /** The whole text as the body of a here-document without quotes. */
  private readDocumentText(line: number): Word {
    const segments: Segment[] = [];
    let text = "";
    const flush = (): void => {
      if (text !== "") {
        segments.push({ kind: "text", text, quoted: true });
        text = "";
      }
    };
    while (this.position < this.text.length) {
      const character = this.text[this.position] ?? "";
      const following = this.text[this.position + 1] ?? "x";
      if (character === "\\" && "$`\\\n".includes(following)) {
        text += following === "\n" ? "" : following;
        this.position += 2;
      } else if (character === "$" || character === "`") {
        flush();
        const expansion = this.readExpansion(true);
        if (expansion === undefined) {
          text += "$";
        } else {
          segments.push(expansion);
        }
      } else {
        text += character;
        this.position++;
      }
    }
    flush();
    return { segments, line };
  }
}

/** What bash reads in `$'...'`; undefined where a backslash stands before anything unusual. */
function ansiText(text: string): string | undefined {
  const plain = text.replace(/\\([\s\S]?)/g, (_, escaped: string) => ANSI_ESCAPES[escaped] ?? HOLE);
  return plain.includes(HOLE) ? undefined : plain;
}

const ANSI_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", "'": "'", '"': '"' };

/** The text of a word that is nothing but unquoted text, such as a reserved word. */
export function plainText(word: Word): string | undefined {
  const segment = word.segments.length === 1 ? word.segments[0] : undefined;
  return segment?.kind === "text" && !segment.quoted ? segment.text : undefined;
}
