import { codesOf, Cursor, DASH, DOT, END, endsToken, TAB } from "./cursor";
import { DEPTH_LIMIT, YamlFailure } from "./failure";
import { scanAnchor, scanDirective, scanTag } from "./properties";
import { blockScalar, plainScalar, quotedScalar } from "./scalar-text";
import type { Structure, Token } from "./token";

/** What may turn out to be a key, when a colon comes. */
interface PossibleKey {
  /** How many tokens there were before it. */
  readonly index: number;
  /** Whether it can be nothing but a key. */
  readonly required: boolean;
  readonly at: number;
  readonly characters: number;
  readonly line: number;
  readonly column: number;
}

/** Longest key that is not announced by a question mark, in characters. */
const KEY_LIMIT = 1024;

/** Signs that no scalar without quotes begins with; a dash, a question mark and a colon under conditions. */
const NO_PLAIN = codesOf("-?:,[]{}#&*!|>'\"%@`");

/**
 * Divides text into tokens exactly as PyYAML does. Linear in the text, because nesting is bounded. Source: yaml/scanner.py.
 *
 * @param spend is told of each token before it is scanned
 */
export function scan(text: string, spend: () => void): Token[] {
  return new Scanner(text, spend).tokens();
}

class Scanner {
  private readonly cursor: Cursor;
  private readonly found: Token[] = [];
  /** How many flow collections are open. */
  private flow = 0;
  /** The column of the block collection that is open, and of those around it. */
  private indent = -1;
  private readonly indents: number[] = [];
  /** Whether a key may begin here. */
  private keyAllowed = true;
  private readonly keys = new Map<number, PossibleKey>();

  constructor(
    text: string,
    private readonly spend: () => void,
  ) {
    this.cursor = new Cursor(text);
    if (text.startsWith("\ufeff")) {
      this.cursor.forward();
    }
  }

  tokens(): Token[] {
    for (;;) {
      this.spend();
      this.skip();
      this.dropStaleKeys();
      this.unwind(this.cursor.column);
      if (this.cursor.peek() === END) {
        this.unwind(-1);
        this.dropKey();
        this.push("stream-end");
        return this.found;
      }
      this.next();
    }
  }

  private next(): void {
    const { cursor } = this;
    const code = cursor.peek();
    const behind = (): boolean => endsToken(cursor.peek(1));
    if (cursor.column === 0) {
      if (code === 0x25) {
        this.endBlocks();
        this.found.push({ type: "directive", at: cursor.at, directive: scanDirective(cursor) });
        return;
      }
      if ((code === DASH || code === DOT) && cursor.atSeparator()) {
        this.endBlocks();
        this.structure(code === DASH ? "document-start" : "document-end", 3);
        return;
      }
    }
    switch (cursor.prefix(1)) {
      case "[":
        this.openFlow("flow-sequence");
        return;
      case "{":
        this.openFlow("flow-mapping");
        return;
      case "]":
        this.closeFlow("flow-sequence-end");
        return;
      case "}":
        this.closeFlow("flow-mapping-end");
        return;
      case ",":
        this.keyAllowed = true;
        this.dropKey();
        this.structure("flow-entry");
        return;
      case "*":
      case "&":
        this.maybeKey();
        this.found.push(scanAnchor(cursor));
        return;
      case "!":
        this.maybeKey();
        this.found.push(scanTag(cursor));
        return;
      case "'":
      case '"': {
        this.maybeKey();
        const { at } = cursor;
        this.found.push({ type: "scalar", at, text: quotedScalar(cursor), style: "quoted" });
        return;
      }
      case "-":
        if (behind()) {
          this.blockEntry();
          return;
        }
        break;
      case "?":
        if (this.flow > 0 || behind()) {
          this.key();
          return;
        }
        break;
      case ":":
        if (this.flow > 0 || behind()) {
          this.value();
          return;
        }
        break;
      case "|":
      case ">":
        if (this.flow === 0) {
          this.block();
          return;
        }
        break;
      default:
    }
    this.plain(code);
  }

  /** Goes to the next token. */
  private skip(): void {
    for (;;) {
      this.cursor.skipSpaces();
      this.cursor.skipComment();
      if (this.cursor.lineBreak() === "") {
        return;
      }
      if (this.flow === 0) {
        this.keyAllowed = true;
      }
    }
  }

  private block(): void {
    const { cursor } = this;
    this.keyAllowed = true;
    this.dropKey();
    const { at } = cursor;
    const style = cursor.prefix(1) === "|" ? "literal" : "folded";
    this.found.push({ type: "scalar", at, text: blockScalar(cursor, this.indent), style });
  }

  private plain(code: number): void {
    const { cursor } = this;
    const next = cursor.peek(1);
    const begins =
      !(endsToken(code) || NO_PLAIN.has(code)) ||
      (!endsToken(next) && (code === DASH || (this.flow === 0 && (code === 0x3f || code === 0x3a))));
    if (!begins) {
      throw code === TAB
        ? new YamlFailure("tab", cursor.at, "a tab")
        : new YamlFailure("syntax", cursor.at, "a sign that nothing begins with");
    }
    this.maybeKey();
    const { at } = cursor;
    const { text, broken } = plainScalar(cursor, this.indent + 1, this.flow > 0);
    this.keyAllowed = broken;
    this.found.push({ type: "scalar", at, text, style: "plain" });
  }

  private push(type: Structure, at = this.cursor.at): void {
    this.found.push({ type, at });
  }

  private structure(type: Structure, length = 1): void {
    this.push(type);
    this.cursor.forward(length);
  }

  /** Before what may be a key. */
  private maybeKey(allowedBehind = false): void {
    const { cursor } = this;
    if (this.keyAllowed) {
      this.dropKey();
      this.keys.set(this.flow, {
        index: this.found.length,
        required: this.flow === 0 && this.indent === cursor.column,
        at: cursor.at,
        characters: cursor.characters,
        line: cursor.line,
        column: cursor.column,
      });
    }
    this.keyAllowed = allowedBehind;
  }

  private dropKey(): void {
    this.refuseRequired(this.keys.get(this.flow));
    this.keys.delete(this.flow);
  }

  /** A key without question mark stands on one line, and is not long. */
  private dropStaleKeys(): void {
    const { line, characters } = this.cursor;
    for (const [flow, key] of this.keys) {
      if (key.line !== line || characters - key.characters > KEY_LIMIT) {
        this.refuseRequired(key);
        this.keys.delete(flow);
      }
    }
  }

  private refuseRequired(key: PossibleKey | undefined): void {
    if (key?.required === true) {
      throw new YamlFailure("syntax", key.at, "a key without a colon and a space behind it");
    }
  }

  private unwind(column: number): void {
    while (this.flow === 0 && this.indent > column) {
      this.indent = this.indents.pop() ?? -1;
      this.push("block-end");
    }
  }

  /** Whether a block collection begins in this column. */
  private indented(column: number): boolean {
    if (this.indent >= column) {
      return false;
    }
    this.indents.push(this.indent);
    this.indent = column;
    this.refuseDepth();
    return true;
  }

  private refuseDepth(): void {
    if (this.flow + this.indents.length > DEPTH_LIMIT) {
      throw new YamlFailure("nested-too-deep", this.cursor.at, `more than ${DEPTH_LIMIT} levels`);
    }
  }

  private endBlocks(): void {
    this.unwind(-1);
    this.dropKey();
    this.keyAllowed = false;
  }

  private openFlow(type: Structure): void {
    this.maybeKey(true);
    this.flow += 1;
    this.refuseDepth();
    this.structure(type);
  }

  private closeFlow(type: Structure): void {
    this.dropKey();
    // Below nothing, as PyYAML counts: what is closed and was never open is refused behind it.
    this.flow -= 1;
    this.keyAllowed = false;
    this.structure(type);
    if (this.flow < 0) {
      throw new YamlFailure("syntax", this.cursor.at - 1, "a bracket that closes nothing");
    }
  }

  private blockEntry(): void {
    if (this.flow === 0) {
      if (!this.keyAllowed) {
        throw new YamlFailure("syntax", this.cursor.at, "an entry of a list where none may stand");
      }
      if (this.indented(this.cursor.column)) {
        this.push("block-sequence");
      }
    }
    this.keyAllowed = true;
    this.dropKey();
    this.structure("block-entry");
  }

  private key(): void {
    if (this.flow === 0) {
      if (!this.keyAllowed) {
        throw new YamlFailure("syntax", this.cursor.at, "a key where none may stand");
      }
      if (this.indented(this.cursor.column)) {
        this.push("block-mapping");
      }
    }
    this.keyAllowed = this.flow === 0;
    this.dropKey();
    this.structure("key");
  }

  private value(): void {
    const key = this.keys.get(this.flow);
    if (key) {
      this.keys.delete(this.flow);
      const begins = this.flow === 0 && this.indented(key.column);
      this.found.splice(key.index, 0, ...(begins ? [{ type: "block-mapping" as const, at: key.at }] : []), {
        type: "key",
        at: key.at,
      });
      this.keyAllowed = false;
    } else {
      if (this.flow === 0) {
        if (!this.keyAllowed) {
          throw new YamlFailure("syntax", this.cursor.at, "a colon and a space where no value may stand");
        }
        if (this.indented(this.cursor.column)) {
          this.push("block-mapping");
        }
      }
      this.keyAllowed = this.flow === 0;
      this.dropKey();
    }
    this.structure("value");
  }
}
