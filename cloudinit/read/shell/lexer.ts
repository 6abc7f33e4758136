import { Cursor } from "./cursor";
import type { Word } from "./syntax";
import { Trouble } from "./trouble";
import { atProcessSubstitution, BREAKS, documentText, plainText, readWord } from "./words";

export type Token =
  | { readonly kind: "word"; readonly word: Word; readonly line: number; readonly end: number }
  | { readonly kind: "operator"; readonly text: string; readonly line: number; readonly end: number }
  | { readonly kind: "newline" | "end"; readonly line: number; readonly end: number };

const OPERATORS = [
  "&>>", "<<<", "<<-", ";;&",
  "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&",
  "|", "&", ";", "<", ">", "(", ")",
] as const; // prettier-ignore

interface PendingDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  readonly fill: (word: Word) => void;
}

/** Words and operators of a POSIX shell, with what bash adds that people use. Every character is looked at a fixed number of times. */
export class Lexer {
  private readonly cursor: Cursor;
  private readonly pending: PendingDocument[] = [];

  constructor(text: string) {
    this.cursor = new Cursor(text);
  }

  /** Whether there was something that is a syntax error for every shell but bash. */
  get onlyBash(): boolean {
    return this.cursor.onlyBash;
  }

  /** What was read is a syntax error for every shell but bash. */
  markOnlyBash(): void {
    this.cursor.onlyBash = true;
  }

  next(): Token {
    const { cursor } = this;
    cursor.skipBlanks();
    const { line, here } = cursor;
    if (here === undefined) {
      return { kind: "end", line, end: cursor.position };
    }
    if (here === "\n") {
      cursor.position++;
      cursor.line++;
      this.readDocuments();
      return { kind: "newline", line, end: cursor.position };
    }
    if (BREAKS.has(here) && !atProcessSubstitution(cursor)) {
      const text = OPERATORS.find((operator) => cursor.text.startsWith(operator, cursor.position));
      if (text === undefined) {
        throw new Trouble(line);
      }
      cursor.position += text.length;
      cursor.onlyBash ||= text === "|&" || text === ";&" || text === ";;&";
      return { kind: "operator", text, line, end: cursor.position };
    }
    return { kind: "word", word: readWord(cursor), line, end: cursor.position };
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
    const { cursor } = this;
    const start = cursor.position;
    for (let token = this.next(); ; token = this.next()) {
      if (token.kind === "end") {
        throw new Trouble(token.line);
      }
      // A parenthesis where other shells see the arguments of a command.
      cursor.onlyBash ||= token.kind === "operator" && (token.text === "(" || token.text === ")");
      if (token.kind === "word" && plainText(token.word) === "]]") {
        return cursor.text.slice(start, token.end - 2);
      }
    }
  }

  /** Skips to the `))` of an arithmetic command, from behind its `((`. */
  skipArithmetic(): string {
    const { cursor } = this;
    const start = cursor.position;
    cursor.skipNested(")");
    if (cursor.here !== ")") {
      throw new Trouble(cursor.line);
    }
    const text = cursor.since(start);
    cursor.position++;
    return text;
  }

  /** Whether another `(` follows at once. */
  startsArithmetic(): boolean {
    return this.cursor.here === "(";
  }

  private readDocuments(): void {
    const { cursor } = this;
    for (const { delimiter, quoted, stripTabs, fill } of this.pending.splice(0)) {
      const { line } = cursor;
      const lines: string[] = [];
      while (cursor.here !== undefined) {
        const raw = cursor.takeLine();
        const content = stripTabs ? raw.replace(/^\t+/, "") : raw;
        if (content === delimiter) {
          break;
        }
        lines.push(content);
      }
      const text = lines.map((content) => `${content}\n`).join("");
      fill(quoted ? { segments: [{ kind: "text", text, quoted: true }], line } : documentText(text, line));
    }
  }
}
