import { parseRedirects, parseSimple } from "./parse-simple";
import type { AndOr, Command, Pipeline, Script, Word } from "./syntax";
import { Tokens } from "./tokens";
import { Trouble } from "./trouble";

const DEPTH_LIMIT = 40;
const CLOSING = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);

/**
 * Reads a shell script. As a shell does, it takes one complete command after the other: what stands before a syntax error counts,
 * what follows does not. Total, and linear in the text.
 *
 * @param pay called for each word and operator; what it throws ends the reading
 */
export function parseScript(text: string, pay: () => void): Script {
  const tokens = new Tokens(text, pay);
  const parser = new Parser(tokens);
  const body: AndOr[] = [];
  let plain = 0;
  try {
    for (let item = parser.topLevel(); item !== undefined; item = parser.topLevel()) {
      body.push(item);
      plain = tokens.onlyBash ? plain : body.length;
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
  private depth = 0;

  constructor(private readonly tokens: Tokens) {}

  topLevel(): AndOr | undefined {
    this.tokens.skipNewlines();
    if (this.tokens.current.kind === "end") {
      return undefined;
    }
    const item = this.andOr();
    this.separator();
    return item;
  }

  /** Commands up to a closing word or operator, which stays. */
  private list(): AndOr[] {
    if (++this.depth > DEPTH_LIMIT) {
      throw new Trouble(this.tokens.current.line, "nested-too-deep");
    }
    const items: AndOr[] = [];
    for (;;) {
      this.tokens.skipNewlines();
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
    const { current } = this.tokens;
    if (current.kind === "end") {
      return true;
    }
    if (current.kind === "operator") {
      return current.text === ")" || current.text.startsWith(";;") || current.text === ";&";
    }
    return CLOSING.has(this.tokens.plain ?? "");
  }

  private andOr(): AndOr {
    const { line } = this.tokens.current;
    const links: AndOr["links"][number][] = [{ operator: "", pipeline: this.pipeline() }];
    while (this.tokens.isOperator("&&", "||")) {
      const operator =
        this.tokens.current.kind === "operator" && this.tokens.current.text === "&&" ? "&&" : "||";
      this.tokens.advance();
      this.tokens.skipNewlines();
      links.push({ operator, pipeline: this.pipeline() });
    }
    return { links, background: this.tokens.isOperator("&"), line };
  }

  /** Takes `;`, `&` or a line end; false if there is none. */
  private separator(): boolean {
    if (this.tokens.isOperator(";", "&")) {
      this.tokens.advance();
      return true;
    }
    if (this.tokens.current.kind === "newline") {
      this.tokens.skipNewlines();
      return true;
    }
    if (this.tokens.current.kind === "end" || this.atListEnd()) {
      // At the top level a stray closing word is an error: topLevel() comes back to it as to a command.
      return this.depth === 0;
    }
    throw this.tokens.trouble();
  }

  private pipeline(): Pipeline {
    let negated = false;
    while (this.tokens.isWord("!")) {
      negated = !negated;
      this.tokens.advance();
    }
    const commands = [this.command()];
    while (this.tokens.isOperator("|", "|&")) {
      this.tokens.advance();
      this.tokens.skipNewlines();
      commands.push(this.command());
    }
    return { negated, commands };
  }

  private command(): Command {
    const { current } = this.tokens;
    const { line } = current;
    if (current.kind === "operator" && current.text === "(") {
      if (this.tokens.startsArithmetic()) {
        const text = this.tokens.takeArithmetic();
        return { kind: "test", text, redirects: parseRedirects(this.tokens), line };
      }
      this.tokens.advance();
      const body = this.list();
      this.tokens.expectOperator(")");
      return { kind: "subshell", body, redirects: parseRedirects(this.tokens), line };
    }
    const word = this.tokens.plain;
    switch (word) {
      case "{": {
        this.tokens.advance();
        const body = this.list();
        this.tokens.expectWord("}");
        return { kind: "group", body, redirects: parseRedirects(this.tokens), line };
      }
      case "if":
        return this.ifCommand(line);
      case "while":
      case "until": {
        this.tokens.advance();
        const always = this.list();
        const body = this.doGroup();
        return {
          kind: "branch",
          why: "loop",
          endless: word === "while" ? "works" : "fails",
          always,
          maybe: [body],
          redirects: parseRedirects(this.tokens),
          line,
        };
      }
      case "for":
      case "select":
        return this.forCommand(line);
      case "case":
        return this.caseCommand(line);
      case "[[": {
        const text = this.tokens.takeTest();
        return { kind: "test", text, redirects: parseRedirects(this.tokens), line };
      }
      case "function":
        return this.functionKeyword(line);
      default:
        if (word !== undefined && CLOSING.has(word)) {
          throw new Trouble(line);
        }
        return this.simpleOrFunction(line);
    }
  }

  private ifCommand(line: number): Command {
    this.tokens.advance();
    const always = this.list();
    const maybe: (readonly AndOr[])[] = [];
    this.tokens.expectWord("then");
    maybe.push(this.list());
    for (;;) {
      if (this.tokens.isWord("elif")) {
        this.tokens.advance();
        maybe.push(this.list());
        this.tokens.expectWord("then");
        maybe.push(this.list());
      } else if (this.tokens.isWord("else")) {
        this.tokens.advance();
        maybe.push(this.list());
      } else {
        break;
      }
    }
    this.tokens.expectWord("fi");
    return { kind: "branch", why: "condition", always, maybe, redirects: parseRedirects(this.tokens), line };
  }

  private forCommand(line: number): Command {
    const select = this.tokens.isWord("select");
    if (select) {
      this.tokens.markOnlyBash();
    }
    this.tokens.advance();
    let arithmetic: string | undefined;
    let variable: string | undefined;
    let words: Word[] | undefined;
    if (this.tokens.startsArithmetic()) {
      this.tokens.markOnlyBash();
      arithmetic = this.tokens.takeArithmetic();
    } else {
      variable = this.tokens.takePlain(line);
      this.tokens.skipNewlines();
      words = this.tokens.isWord("in") ? this.loopWords() : undefined;
    }
    if (this.tokens.isOperator(";")) {
      this.tokens.advance();
    }
    this.tokens.skipNewlines();
    const body = this.tokens.isWord("{") ? this.braceGroup() : this.doGroup();
    const redirects = parseRedirects(this.tokens);
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
    this.tokens.advance();
    const words: Word[] = [];
    while (this.tokens.current.kind === "word") {
      words.push(this.tokens.current.word);
      this.tokens.advance();
    }
    return words;
  }

  private caseCommand(line: number): Command {
    this.tokens.advance();
    if (!this.tokens.atWord()) {
      throw new Trouble(line);
    }
    this.tokens.advance();
    this.tokens.skipNewlines();
    this.tokens.expectWord("in");
    const maybe: (readonly AndOr[])[] = [];
    for (;;) {
      this.tokens.skipNewlines();
      if (this.tokens.isWord("esac")) {
        break;
      }
      if (this.tokens.isOperator("(")) {
        this.tokens.advance();
      }
      while (this.tokens.atWord() || this.tokens.isOperator("|")) {
        this.tokens.advance();
      }
      this.tokens.expectOperator(")");
      maybe.push(this.list());
      if (this.tokens.isOperator(";;", ";&", ";;&")) {
        this.tokens.advance();
      } else {
        this.tokens.skipNewlines();
        if (!this.tokens.isWord("esac")) {
          throw this.tokens.trouble();
        }
      }
    }
    this.tokens.expectWord("esac");
    return {
      kind: "branch",
      why: "condition",
      always: [],
      maybe,
      redirects: parseRedirects(this.tokens),
      line,
    };
  }

  private simpleOrFunction(line: number): Command {
    const command = parseSimple(this.tokens);
    if (command.kind === "simple") {
      return command;
    }
    this.tokens.advance();
    this.tokens.expectOperator(")");
    return this.functionBody(command.name, line);
  }

  private functionKeyword(line: number): Command {
    this.tokens.markOnlyBash();
    this.tokens.advance();
    const name = this.tokens.takePlain(line);
    if (this.tokens.isOperator("(")) {
      this.tokens.advance();
      this.tokens.expectOperator(")");
    }
    return this.functionBody(name, line);
  }

  private functionBody(name: string, line: number): Command {
    this.tokens.skipNewlines();
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
    this.tokens.expectWord("do");
    const body = this.list();
    this.tokens.expectWord("done");
    return body;
  }

  private braceGroup(): AndOr[] {
    this.tokens.expectWord("{");
    const body = this.list();
    this.tokens.expectWord("}");
    return body;
  }
}
