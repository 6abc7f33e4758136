import { Lexer, type Token } from "./lexer";
import type { Word } from "./syntax";
import { Trouble } from "./trouble";
import { plainText } from "./words";

/** The tokens of a script, one ahead. */
export class Tokens {
  /** The one that is looked at. A line end before the first, so that a text that begins badly throws where it is read. */
  current: Token = { kind: "newline", line: 1, end: 0 };
  private readonly lexer: Lexer;

  constructor(
    text: string,
    private readonly pay: () => void,
  ) {
    this.lexer = new Lexer(text);
  }

  /** Whether what was read so far is a syntax error for other shells than bash. */
  get onlyBash(): boolean {
    return this.lexer.onlyBash;
  }

  markOnlyBash(): void {
    this.lexer.markOnlyBash();
  }

  advance(): void {
    this.pay();
    this.current = this.lexer.next();
  }

  skipNewlines(): void {
    while (this.current.kind === "newline") {
      this.advance();
    }
  }

  /** The unquoted text of a word, such as a reserved one. */
  get plain(): string | undefined {
    return this.current.kind === "word" ? plainText(this.current.word) : undefined;
  }

  isOperator(...texts: readonly string[]): boolean {
    return this.current.kind === "operator" && texts.includes(this.current.text);
  }

  atWord(): boolean {
    return this.current.kind === "word";
  }

  isWord(text: string): boolean {
    return this.plain === text;
  }

  expectOperator(text: string): void {
    if (!this.isOperator(text)) {
      throw this.trouble();
    }
    this.advance();
  }

  expectWord(text: string): void {
    if (!this.isWord(text)) {
      throw this.trouble();
    }
    this.advance();
  }

  /** Takes a word that is one piece of unquoted text. */
  takePlain(line: number): string {
    const { plain } = this;
    if (plain === undefined) {
      throw new Trouble(line);
    }
    this.advance();
    return plain;
  }

  /** At a `(`: whether another follows at once. */
  startsArithmetic(): boolean {
    return this.isOperator("(") && this.lexer.startsArithmetic();
  }

  /** From the first `(` of an arithmetic command to behind it. */
  takeArithmetic(): string {
    this.lexer.next();
    const text = this.lexer.skipArithmetic();
    this.advance();
    return text;
  }

  /** From `[[` to behind its `]]`, in which operators mean something else. */
  takeTest(): string {
    const text = this.lexer.skipTest();
    this.advance();
    return text;
  }

  /** Takes the word after `<<`: the text itself follows the end of the line. */
  takeDocument(delimiter: Word, stripTabs: boolean, fill: (word: Word) => void): void {
    this.lexer.document(delimiter, stripTabs, fill);
    this.advance();
  }

  trouble(): Trouble {
    return new Trouble(this.current.line);
  }
}
