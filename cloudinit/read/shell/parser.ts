import { Lexer, plainText, Trouble, type Token } from "./lexer";
import type { AndOr, Command, Pipeline, Redirect, Script, SimpleCommand, Word } from "./syntax";

const DEPTH_LIMIT = 40;
const REDIRECTIONS = new Set([
  "<", ">", ">>", ">|", "<>", "<&", ">&", "&>", "&>>", "<<", "<<-", "<<<",
]); // prettier-ignore
const CLOSING = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);

/**
 * Reads a shell script. As a shell does, it takes one complete command after the other: what stands before a syntax error counts,
 * what follows does not. Total, and linear in the text.
 *
 * @param pay called for each word and operator; what it throws ends the reading
 */
export function parseScript(text: string, pay: () => void): Script {
  const parser = new Parser(text, pay);
  const body: AndOr[] = [];
  let plain = 0;
  try {
    for (let item = parser.topLevel(); item !== undefined; item = parser.topLevel()) {
      body.push(item);
      plain = parser.onlyBash ? plain : body.length;
    }
    return { body, plain };
  } catch (error) {
    if (!(error instanceof Trouble)) {
      throw error;
    }
    return { body, plain, trouble: { line: error.line, reason: error.reason } };
  }
}

class Parser {
  private readonly lexer: Lexer;
  private current: Token;
  private depth = 0;

  constructor(
    text: string,
    private readonly pay: () => void,
  ) {
    this.lexer = new Lexer(text);
    // A lexer that throws on the first token must do so inside of topLevel().
    this.current = { kind: "newline", line: 1, end: 0 };
  }

  /** Whether what was read so far is a syntax error for other shells than bash. */
  get onlyBash(): boolean {
    return this.lexer.onlyBash;
  }

  topLevel(): AndOr | undefined {
    this.skipNewlines();
    if (this.current.kind === "end") {
      return undefined;
    }
    const item = this.andOr();
    this.separator();
    return item;
  }

  /** Commands up to a closing word or operator, which stays. */
  private list(): AndOr[] {
    if (++this.depth > DEPTH_LIMIT) {
      throw new Trouble(this.current.line, "nested-too-deep");
    }
    const items: AndOr[] = [];
    for (;;) {
      this.skipNewlines();
      if (this.atListEnd()) {
        break;
      }
      items.push(this.andOr());
      if (!this.separator()) {
        break;
      }
    }
    this.depth--;
    return items;
  }

  private atListEnd(): boolean {
    const { current } = this;
    if (current.kind === "end") {
      return true;
    }
    if (current.kind === "operator") {
      return current.text === ")" || current.text.startsWith(";;") || current.text === ";&";
    }
    return current.kind === "word" && CLOSING.has(plainText(current.word) ?? "");
  }

  private andOr(): AndOr {
    const { line } = this.current;
    const links: AndOr["links"][number][] = [{ operator: "", pipeline: this.pipeline() }];
    while (this.isOperator("&&", "||")) {
      const operator = this.current.kind === "operator" && this.current.text === "&&" ? "&&" : "||";
      this.advance();
      this.skipNewlines();
      links.push({ operator, pipeline: this.pipeline() });
    }
    return { links, background: this.isOperator("&"), line };
  }

  /** Takes `;`, `&` or a line end; false if there is none. */
  private separator(): boolean {
    if (this.isOperator(";", "&")) {
      this.advance();
      return true;
    }
    if (this.current.kind === "newline") {
      this.skipNewlines();
      return true;
    }
    if (this.current.kind === "end" || this.atListEnd()) {
      // At the top level a stray closing word is an error: topLevel() comes back to it as to a command.
      return this.depth === 0;
    }
    throw new Trouble(this.current.line);
  }

  private pipeline(): Pipeline {
    let negated = false;
    while (this.isWord("!")) {
      negated = !negated;
      this.advance();
    }
    const commands = [this.command()];
    while (this.isOperator("|", "|&")) {
      this.advance();
      this.skipNewlines();
      commands.push(this.command());
    }
    return { negated, commands };
  }

  private command(): Command {
    const { current } = this;
    const { line } = current;
    if (current.kind === "operator" && current.text === "(") {
      if (this.lexer.startsArithmetic()) {
        this.lexer.next();
        const text = this.lexer.skipArithmetic();
        this.advance();
        return { kind: "test", text, redirects: this.redirects(), line };
      }
      this.advance();
      const body = this.list();
      this.expectOperator(")");
      return { kind: "subshell", body, redirects: this.redirects(), line };
    }
    const word = current.kind === "word" ? plainText(current.word) : undefined;
    switch (word) {
      case "{": {
        this.advance();
        const body = this.list();
        this.expectWord("}");
        return { kind: "group", body, redirects: this.redirects(), line };
      }
      case "if":
        return this.ifCommand(line);
      case "while":
      case "until": {
        this.advance();
        const always = this.list();
        const body = this.doGroup();
        return {
          kind: "branch",
          why: "loop",
          endless: word === "while" ? "works" : "fails",
          always,
          maybe: [body],
          redirects: this.redirects(),
          line,
        };
      }
      case "for":
      case "select":
        return this.forCommand(line);
      case "case":
        return this.caseCommand(line);
      case "[[": {
        const text = this.lexer.skipTest();
        this.advance();
        return { kind: "test", text, redirects: this.redirects(), line };
      }
      case "function":
        return this.functionKeyword(line);
      default:
        if (word !== undefined && CLOSING.has(word)) {
          throw new Trouble(line);
        }
        return this.simple(line);
    }
  }

  private ifCommand(line: number): Command {
    this.advance();
    const always = this.list();
    const maybe: (readonly AndOr[])[] = [];
    this.expectWord("then");
    maybe.push(this.list());
    for (;;) {
      if (this.isWord("elif")) {
        this.advance();
        maybe.push(this.list());
        this.expectWord("then");
        maybe.push(this.list());
      } else if (this.isWord("else")) {
        this.advance();
        maybe.push(this.list());
      } else {
        break;
      }
    }
    this.expectWord("fi");
    return { kind: "branch", why: "condition", always, maybe, redirects: this.redirects(), line };
  }

  private forCommand(line: number): Command {
    const select = this.isWord("select");
    this.lexer.onlyBash ||= select;
    this.advance();
    let arithmetic: string | undefined;
    let variable: string | undefined;
    let words: Word[] | undefined;
    if (this.isOperator("(") && this.lexer.startsArithmetic()) {
      this.lexer.onlyBash = true;
      this.lexer.next();
      arithmetic = this.lexer.skipArithmetic();
      this.advance();
    } else {
      const { current } = this;
      variable = current.kind === "word" ? plainText(current.word) : undefined;
      if (variable === undefined) {
        throw new Trouble(line);
      }
      this.advance();
      this.skipNewlines();
      words = this.isWord("in") ? this.loopWords() : undefined;
    }
    if (this.isOperator(";")) {
      this.advance();
    }
    this.skipNewlines();
    const body = this.isWord("{") ? this.braceGroup() : this.doGroup();
    const redirects = this.redirects();
    return variable === undefined || select
      ? {
          kind: "branch",
          why: "loop",
          always: [],
          maybe: [body],
          redirects,
          line,
          ...(variable === undefined ? {} : { variable }),
          ...(arithmetic === undefined ? {} : { arithmetic }),
        }
      : { kind: "for", variable, words, body, redirects, line };
  }

  private loopWords(): Word[] {
    this.advance();
    const words: Word[] = [];
    while (this.current.kind === "word") {
      words.push(this.current.word);
      this.advance();
    }
    return words;
  }

  private caseCommand(line: number): Command {
    this.advance();
    if (this.current.kind !== "word") {
      throw new Trouble(line);
    }
    this.advance();
    this.skipNewlines();
    this.expectWord("in");
    const maybe: (readonly AndOr[])[] = [];
    for (;;) {
      this.skipNewlines();
      if (this.isWord("esac")) {
        break;
      }
      if (this.isOperator("(")) {
        this.advance();
      }
      while (this.atWord() || this.isOperator("|")) {
        this.advance();
      }
      this.expectOperator(")");
      maybe.push(this.list());
      if (this.isOperator(";;", ";&", ";;&")) {
        this.advance();
      } else {
        this.skipNewlines();
        if (!this.isWord("esac")) {
          throw this.trouble();
        }
      }
    }
    this.expectWord("esac");
    return { kind: "branch", why: "condition", always: [], maybe, redirects: this.redirects(), line };
  }

  private functionKeyword(line: number): Command {
    this.lexer.onlyBash = true;
    this.advance();
    const { current } = this;
    const name = current.kind === "word" ? plainText(current.word) : undefined;
    if (name === undefined) {
      throw new Trouble(line);
    }
    this.advance();
    if (this.isOperator("(")) {
      this.advance();
      this.expectOperator(")");
    }
    return this.functionBody(name, line);
  }

  private functionBody(name: string, line: number): Command {
    this.skipNewlines();
    if (++this.depth > DEPTH_LIMIT) {
      throw new Trouble(line, "nested-too-deep");
    }
    const body = this.command();
    this.depth--;
    if (body.kind === "simple" || body.kind === "function") {
      // Only dash takes it, as the whole body.
      throw new Trouble(line);
    }
    return { kind: "function", name, body, line };
  }

  private doGroup(): AndOr[] {
    this.expectWord("do");
    const body = this.list();
    this.expectWord("done");
    return body;
  }

  private braceGroup(): AndOr[] {
    this.expectWord("{");
    const body = this.list();
    this.expectWord("}");
    return body;
  }

  private simple(line: number): Command {
    const assignments: SimpleCommand["assignments"][number][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const { current } = this;
      if (current.kind === "operator" && REDIRECTIONS.has(current.text)) {
        redirects.push(this.redirect(undefined));
      } else if (current.kind === "word") {
        const assignment = words.length === 0 ? asAssignment(current.word) : undefined;
        if (assignment) {
          assignments.push(assignment);
          this.advance();
          continue;
        }
        const { word, end } = current;
        this.advance();
        const text = plainText(word);
        const next: Token = this.current;
        if (
          next.kind === "operator" &&
          REDIRECTIONS.has(next.text) &&
          /^\d{1,3}$/.test(text ?? "") &&
          next.end - next.text.length === end
        ) {
          // prettier-ignore
          redirects.push(this.redirect(Number(text)));
          continue;
        }
        if (words.length === 0 && assignments.length === 0 && text !== undefined && this.isOperator("(")) {
          this.advance();
          this.expectOperator(")");
          return this.functionBody(text, line);
        }
        words.push(word);
      } else {
        break;
      }
    }
    if (words.length === 0 && assignments.length === 0 && redirects.length === 0) {
      throw new Trouble(line);
    }
    return { kind: "simple", assignments, words, redirects, line };
  }

  private redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (;;) {
      const { current } = this;
      if (current.kind === "operator" && REDIRECTIONS.has(current.text)) {
        redirects.push(this.redirect(undefined));
      } else if (current.kind === "word" && /^\d{1,3}$/.test(plainText(current.word) ?? "")) {
        // Behind a compound command a number can only belong to a redirection.
        const descriptor = Number(plainText(current.word));
        this.advance();
        redirects.push(this.redirect(descriptor));
      } else {
        return redirects;
      }
    }
  }

  private redirect(given: number | undefined): Redirect {
    const { current } = this;
    if (current.kind !== "operator" || !REDIRECTIONS.has(current.text)) {
      throw new Trouble(current.line);
    }
    const operator = current.text;
    const descriptor = given ?? (operator.startsWith("<") ? 0 : 1);
    this.advance();
    const { current: target } = this;
    if (target.kind !== "word") {
      throw new Trouble(target.line);
    }
    if (operator !== "<<" && operator !== "<<-") {
      this.advance();
      return { operator, descriptor, target: target.word };
    }
    let text: Word = { segments: [], line: target.line };
    this.lexer.document(target.word, operator === "<<-", (word) => (text = word));
    this.advance();
    return {
      operator: "<<",
      descriptor,
      // The text is only there once the line has ended.
      get target() {
        return text;
      },
    };
  }

  private trouble(): Trouble {
    return new Trouble(this.current.line);
  }

  private advance(): void {
    this.pay();
    this.current = this.lexer.next();
  }

  private skipNewlines(): void {
    while (this.current.kind === "newline") {
      this.advance();
    }
  }

  private isOperator(...texts: readonly string[]): boolean {
    return this.current.kind === "operator" && texts.includes(this.current.text);
  }

  private atWord(): boolean {
    return this.current.kind === "word";
  }

  private isWord(text: string): boolean {
    return this.current.kind === "word" && plainText(this.current.word) === text;
  }

  private expectOperator(text: string): void {
    if (!this.isOperator(text)) {
      throw new Trouble(this.current.line);
    }
    this.advance();
  }

  private expectWord(text: string): void {
    if (!this.isWord(text)) {
      throw new Trouble(this.current.line);
    }
    this.advance();
  }
}

/** `NAME=value`; the value is undefined where it adds to an earlier one, or is an array. */
function asAssignment(word: Word): { name: string; value: Word | undefined } | undefined {
  const [first, ...rest] = word.segments;
  if (first?.kind !== "text" || first.quoted) {
    return undefined;
  }
  const found = /^([A-Za-z_]\w*)(\+?=|\[[^\]]*\]\+?=)/.exec(first.text);
  const name = found?.[1];
  if (found === null || name === undefined) {
    return undefined;
  }
  if (found[2] !== "=") {
    return { name, value: undefined };
  }
  const text = first.text.slice(found[0].length);
  const segments = text === "" ? rest : [{ ...first, text }, ...rest];
  return { name, value: { segments, line: word.line } };
}
