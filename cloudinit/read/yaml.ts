import { Buffer } from "node:buffer";
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type ParsedNode,
} from "yaml";
import type { Budget } from "./budget";

/** A value of a YAML document, with the line of the part on which it begins. */
export type Node = MapNode | ListNode | ScalarNode;

interface Beginning {
  readonly part: number;
  readonly line: number;
}

export interface MapNode extends Beginning {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Node>;
}

export interface ListNode extends Beginning {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export interface ScalarNode extends Beginning {
  readonly kind: "scalar";
  readonly value: string | number | bigint | boolean | null | Buffer;
  /** As it is written, for a number: 0644 is not 420. */
  readonly text: string;
  /** Each line of the value is a line of the part. */
  readonly literal: boolean;
}

/** Why a document is not followed. */
export type YamlProblem = "invalid-yaml" | "nested-too-deep";

/** Deeper than anything that people nest. */
const DEPTH_LIMIT = 60;
/** Measured: what the library takes for any document, for a token of it, and what becomes of a node. */
const STEPS_PER_DOCUMENT = 25;
const STEPS_PER_TOKEN = 2.5;
const STEPS_PER_NODE = 2;

/** A YAML 1.1 document as cloud-init loads it. Aliases are followed within the budget. */
export function readYaml(text: string, part: number, budget: Budget): Node | YamlProblem {
  budget.spend(STEPS_PER_DOCUMENT);
  budget.look(text.length);
  const lines = new LineCounter();
  const document = parsed(text, lines, budget);
  return typeof document === "string"
    ? document
    : new Conversion(part, lines, budget).node(document.contents, 0);
}

/** Turns the library's nodes into ours. */
class Conversion {
  private readonly anchors = new Map<string, unknown>();

  constructor(
    private readonly part: number,
    private readonly lines: LineCounter,
    private readonly budget: Budget,
  ) {}

  node(node: unknown, depth: number): Node | YamlProblem {
    this.budget.spend(STEPS_PER_NODE);
    if (depth > DEPTH_LIMIT) {
      return "nested-too-deep";
    }
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      return target === undefined ? "invalid-yaml" : this.node(target, depth + 1);
    }
    const { part } = this;
    const offset = (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
    const { line } = this.lines.linePos(offset);
    if (isMap(node)) {
      this.remember(node);
      const entries = this.entries(node.items, line, depth);
      return typeof entries === "string" ? entries : { kind: "map", entries, part, line };
    }
    if (isSeq(node)) {
      this.remember(node);
      const items: Node[] = [];
      for (const item of node.items) {
        const content = item === null ? nothing(part, line) : this.node(item, depth + 1);
        if (typeof content === "string") {
          return content;
        }
        items.push(content);
      }
      return { kind: "list", items, part, line };
    }
    if (isScalar(node)) {
      this.remember(node);
      const { value } = node;
      const literal = node.type === "BLOCK_LITERAL";
      return {
        kind: "scalar",
        value: usable(value),
        text: typeof value === "string" ? value : (node.source ?? ""),
        part,
        // The text of a block begins on the line below its `|`.
        line: literal ? line + 1 : line,
        literal,
      };
    }
    return nothing(part, line);
  }

  private entries(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    line: number,
    depth: number,
  ): ReadonlyMap<string, Node> | YamlProblem {
    const entries = new Map<string, Node>();
    const merged: Node[] = [];
    for (const { key, value } of items) {
      const name = this.node(key, depth + 1);
      const content = value === null ? nothing(this.part, line) : this.node(value, depth + 1);
      if (typeof content === "string") {
        return content;
      }
      if (typeof name === "string" || name.kind !== "scalar") {
        // A list or a map as a key: Python has no such dictionaries.
        return typeof name === "string" ? name : "invalid-yaml";
      }
      if (name.text !== "<<") {
        entries.set(name.text, content);
        continue;
      }
      // Not by spreading: the list may have more items than a call takes arguments.
      for (const item of content.kind === "list" ? content.items : [content]) {
        merged.push(item);
      }
    }
    for (const other of merged) {
      if (other.kind !== "map") {
        continue;
      }
      this.budget.spend(other.entries.size);
      for (const [name, content] of other.entries) {
        if (!entries.has(name)) {
          entries.set(name, content);
        }
      }
    }
    return entries;
  }

  private remember(node: { readonly anchor?: string | undefined }): void {
    // An anchor may be given twice: an alias means the one before it.
    if (node.anchor !== undefined) {
      this.anchors.set(node.anchor, node);
    }
  }
}

function usable(value: unknown): ScalarNode["value"] {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return value;
    default:
      return value instanceof Uint8Array ? Buffer.from(value) : null;
  }
}

/** The one document of the text, if there is no error in it, and no other document. */
function parsed(text: string, lines: LineCounter, budget: Budget): Document.Parsed | YamlProblem {
  const seen: { problem?: YamlProblem } = {};
  const parser = new Parser(lines.addNewLine);
  // The library goes on behind an error, and can make one of every character; and it recurses into what is nested.
  function* untilError(): Generator<CST.Token> {
    for (const token of tokens()) {
      if (token.type === "error") {
        seen.problem = "invalid-yaml";
        return;
      }
      yield token;
    }
  }
  function* tokens(): Generator<CST.Token> {
    lines.addNewLine(0);
    for (const lexeme of new Lexer().lex(text)) {
      budget.spend(STEPS_PER_TOKEN);
      yield* parser.next(lexeme);
      if (parser.stack.length > DEPTH_LIMIT) {
        seen.problem = "nested-too-deep";
        return;
      }
    }
    yield* parser.end();
  }
  const { stackTraceLimit } = Error;
  try {
    // Errors inside of a document come all at once, and a stack trace for each would take most of the time.
    Error.stackTraceLimit = 0;
    // A key twice is no error for PyYAML: the last one holds.
    const composer = new Composer<ParsedNode>({ version: "1.1", uniqueKeys: false });
    const documents = [...composer.compose(untilError(), true, text.length)];
    const [document] = documents;
    if (seen.problem !== undefined) {
      return seen.problem;
    }
    return documents.length !== 1 || document === undefined || document.errors.length > 0
      ? "invalid-yaml"
      : document;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function nothing(part: number, line: number): ScalarNode {
  return { kind: "scalar", value: null, text: "", part, line, literal: false };
}

/** An entry of a mapping; undefined if the node is none or has no such entry. */
export function entry(node: Node | undefined, name: string): Node | undefined {
  return node?.kind === "map" ? node.entries.get(name) : undefined;
}

/** The text of a scalar that is a string. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** Whether Python and cloud-init take the value for true. Source: cloudinit/util.py translate_bool(). */
export function isTrue(node: Node | undefined): boolean {
  if (node?.kind !== "scalar") {
    return false;
  }
  return node.value === true || /^(?:true|1|on|yes)$/i.test(node.text.trim());
}
