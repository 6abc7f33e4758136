import { DEPTH_LIMIT, YamlFailure } from "./failure";
import { YAML_TAG, type RawList, type RawMap, type RawNode, type RawScalar } from "./node";
import { implicitTag } from "./scalar-value";
import type { Structure, Token } from "./token";

/** The one document that tokens make; undefined where there is none. Source: yaml/parser.py and yaml/composer.py of PyYAML. */
export function parse(tokens: readonly Token[]): RawNode | undefined {
  return new Parser(tokens).document();
}

type TokenType = Token["type"];

class Parser {
  private at = 0;
  private handles: ReadonlyMap<string, string> = DEFAULT_HANDLES;
  /** Undefined while it is being read: what contains itself is not followed. */
  private readonly anchors = new Map<string, RawNode | undefined>();

  constructor(private readonly tokens: readonly Token[]) {}

  document(): RawNode | undefined {
    let root: RawNode | undefined;
    if (this.is("directive", "document-start", "stream-end")) {
      if (this.is("stream-end")) {
        return undefined;
      }
      this.directives();
      this.expect("document-start", "a document without a line of three dashes behind its directives");
      root = this.is("directive", "document-start", "document-end", "stream-end")
        ? this.nothing()
        : this.block(0);
    } else {
      root = this.block(0);
    }
    while (this.is("document-end")) {
      this.at += 1;
    }
    if (!this.is("stream-end")) {
      throw this.is("document-start", "directive")
        ? this.failure("a second document", "second-document")
        : this.failure("more than the document's one value");
    }
    return root;
  }

  private directives(): void {
    const handles = new Map<string, string>();
    let version = false;
    for (let token = this.token; token.type === "directive"; token = this.token) {
      const { directive } = token;
      if (directive.name === "YAML") {
        if (version || !/^0*1$/.test(directive.major)) {
          throw this.failure("another version of YAML than 1, or two");
        }
        version = true;
      } else if (directive.name === "TAG") {
        if (handles.has(directive.handle)) {
          throw this.failure("a tag's handle twice");
        }
        handles.set(directive.handle, directive.prefix);
      }
      this.at += 1;
    }
    this.handles = new Map([...DEFAULT_HANDLES, ...handles]);
  }

  private block(depth: number): RawNode {
    return this.node(depth, true, false);
  }

  private node(depth: number, block: boolean, indentless: boolean): RawNode {
    if (depth > DEPTH_LIMIT) {
      throw this.failure(`more than ${DEPTH_LIMIT} levels`, "nested-too-deep");
    }
    const first = this.token;
    if (first.type === "alias") {
      this.at += 1;
      const target = this.anchors.get(first.name);
      if (target === undefined) {
        const within = this.anchors.has(first.name);
        throw new YamlFailure(
          "alias",
          first.at,
          within ? "an alias of what it stands in" : "an alias without an anchor before it",
        );
      }
      return target;
    }
    const { anchor, tag } = this.properties();
    if (anchor !== undefined) {
      if (this.anchors.has(anchor)) {
        throw new YamlFailure("alias", first.at, "an anchor twice");
      }
      this.anchors.set(anchor, undefined);
    }
    const node = this.content(
      depth,
      block,
      indentless,
      first.at,
      tag,
      anchor !== undefined || tag !== undefined,
    );
    if (anchor !== undefined) {
      this.anchors.set(anchor, node);
    }
    return node;
  }

  /** An anchor and a tag, in either order. */
  private properties(): { readonly anchor: string | undefined; readonly tag: string | undefined } {
    let anchor: string | undefined;
    let tag: string | undefined;
    for (let count = 0; count < 2; count += 1) {
      const { token } = this;
      if (token.type === "anchor" && anchor === undefined) {
        anchor = token.name;
      } else if (token.type === "tag" && tag === undefined) {
        const prefix = token.handle === undefined ? "" : this.handles.get(token.handle);
        if (prefix === undefined) {
          throw this.failure("a tag's handle that no directive names", "tag");
        }
        tag = prefix + token.suffix;
      } else {
        break;
      }
      this.at += 1;
    }
    return { anchor, tag };
  }

  private content(
    depth: number,
    block: boolean,
    indentless: boolean,
    at: number,
    tag: string | undefined,
    mayBeEmpty: boolean,
  ): RawNode {
    const { token } = this;
    const collection = (type: "seq" | "map"): string =>
      tag === undefined || tag === "!" ? YAML_TAG + type : tag;
    if (indentless && token.type === "block-entry") {
      return this.list(collection("seq"), at, () => this.indentlessItems(depth));
    }
    switch (token.type) {
      case "scalar": {
        this.at += 1;
        const { text, style } = token;
        const implicit = (style === "plain" && tag === undefined) || tag === "!";
        const resolved = implicit ? implicitTag(text) : (tag ?? `${YAML_TAG}str`);
        return { kind: "scalar", tag: resolved, at: token.at, from: at, text, style };
      }
      case "flow-sequence":
        this.at += 1;
        return this.list(collection("seq"), at, () => this.flowItems(depth));
      case "flow-mapping":
        this.at += 1;
        return this.map(collection("map"), at, () => this.flowPairs(depth));
      case "block-sequence":
        if (block) {
          this.at += 1;
          return this.list(collection("seq"), at, () => this.blockItems(depth));
        }
        break;
      case "block-mapping":
        if (block) {
          this.at += 1;
          return this.map(collection("map"), at, () => this.blockPairs(depth));
        }
        break;
      default:
    }
    if (!mayBeEmpty) {
      throw this.failure("nothing where a value must stand");
    }
    // Nothing behind an anchor or a tag.
    return tag === undefined || tag === "!"
      ? this.nothing(at)
      : { kind: "scalar", tag, at, from: at, text: "", style: "plain" };
  }

  private list(tag: string, at: number, items: () => RawNode[]): RawList {
    return { kind: "list", tag, at, items: items() };
  }

  private map(tag: string, at: number, pairs: () => [RawNode, RawNode][]): RawMap {
    return { kind: "map", tag, at, pairs: pairs() };
  }

  private blockItems(depth: number): RawNode[] {
    const items: RawNode[] = [];
    while (this.is("block-entry")) {
      this.at += 1;
      items.push(this.is("block-entry", "block-end") ? this.nothing() : this.block(depth + 1));
    }
    this.expect("block-end", "what is no entry of the list that it stands in");
    return items;
  }

  /** A list in a map may begin in the column of its key. */
  private indentlessItems(depth: number): RawNode[] {
    const items: RawNode[] = [];
    while (this.is("block-entry")) {
      this.at += 1;
      items.push(
        this.is("block-entry", "key", "value", "block-end") ? this.nothing() : this.block(depth + 1),
      );
    }
    return items;
  }

  private blockPairs(depth: number): [RawNode, RawNode][] {
    const pairs: [RawNode, RawNode][] = [];
    const half = (): RawNode =>
      this.is("key", "value", "block-end") ? this.nothing() : this.node(depth + 1, true, true);
    // A value without a key, a colon alone, is no pair here: it is refused.
    while (this.is("key")) {
      this.at += 1;
      const key = half();
      pairs.push([key, this.accept("value") ? half() : this.nothing()]);
    }
    this.expect("block-end", "what is no key of the map that it stands in");
    return pairs;
  }

  private flowItems(depth: number): RawNode[] {
    const items: RawNode[] = [];
    while (!this.is("flow-sequence-end")) {
      if (items.length > 0) {
        this.expect("flow-entry", "a list without a comma, or that is not closed");
        if (this.is("flow-sequence-end")) {
          break;
        }
      }
      const { at } = this.token;
      if (this.accept("key")) {
        const pair = this.flowPair(depth + 1, "flow-sequence-end");
        items.push({ kind: "map", tag: `${YAML_TAG}map`, at, pairs: [pair] });
      } else {
        items.push(this.node(depth + 1, false, false));
      }
    }
    this.at += 1;
    return items;
  }

  private flowPairs(depth: number): [RawNode, RawNode][] {
    const pairs: [RawNode, RawNode][] = [];
    while (!this.is("flow-mapping-end")) {
      if (pairs.length > 0) {
        this.expect("flow-entry", "a map without a comma, or that is not closed");
        if (this.is("flow-mapping-end")) {
          break;
        }
      }
      if (this.accept("key")) {
        pairs.push(this.flowPair(depth, "flow-mapping-end"));
      } else {
        pairs.push([this.node(depth + 1, false, false), this.nothing()]);
      }
    }
    this.at += 1;
    return pairs;
  }

  /** A key, which has been announced, and its value. */
  private flowPair(depth: number, end: Structure): [RawNode, RawNode] {
    const key = this.is("value", "flow-entry", end) ? this.nothing() : this.node(depth + 1, false, false);
    const value =
      this.accept("value") && !this.is("flow-entry", end)
        ? this.node(depth + 1, false, false)
        : this.nothing();
    return [key, value];
  }

  private nothing(at = this.token.at): RawScalar {
    return { kind: "scalar", tag: `${YAML_TAG}null`, at, from: at, text: "", style: "plain" };
  }

  private get token(): Token {
    const token = this.tokens[this.at] ?? this.tokens.at(-1);
    if (token === undefined) {
      throw new YamlFailure("syntax", 0, "no tokens");
    }
    return token;
  }

  private is(...types: readonly TokenType[]): boolean {
    return types.includes(this.token.type);
  }

  private accept(type: TokenType): boolean {
    const found = this.is(type);
    this.at += found ? 1 : 0;
    return found;
  }

  private expect(type: TokenType, otherwise: string): void {
    if (!this.accept(type)) {
      throw this.failure(otherwise);
    }
  }

  private failure(why: string, problem: YamlFailure["problem"] = "syntax"): YamlFailure {
    return new YamlFailure(problem, this.token.at, why);
  }
}

const DEFAULT_HANDLES: ReadonlyMap<string, string> = new Map([
  ["!", "!"],
  ["!!", YAML_TAG],
]);
