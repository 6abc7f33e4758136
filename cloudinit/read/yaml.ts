import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type ParsedNode,
} from "yaml";
import type { Budget } from "./budget";

/** A value of a YAML document, with the line of the part on which it begins. */
export type Node =
  | {
      readonly kind: "map";
      readonly entries: ReadonlyMap<string, Node>;
      readonly part: number;
      readonly line: number;
    }
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly part: number; readonly line: number }
  | {
      readonly kind: "scalar";
      readonly value: string | number | bigint | boolean | null | Buffer;
      /** As it is written, for a number: 0644 is not 420. */
      readonly text: string;
      readonly part: number;
      readonly line: number;
      /** Each line of the value is a line of the part. */
      readonly literal: boolean;
    };

/** Deeper than anything that people nest. */
const DEPTH_LIMIT = 60;

/** A YAML 1.1 document as cloud-init loads it; undefined if it is not valid. Aliases are followed within the budget. */
export function readYaml(text: string, part: number, budget: Budget): Node | undefined {
  if (tooDeep(text)) {
    return undefined;
  }
  const lines = new LineCounter();
  const document = parsed(text, lines);
  if (document === undefined) {
    return undefined;
  }
  const convert = (node: unknown, depth: number): Node | undefined => {
    budget.step();
    if (depth > DEPTH_LIMIT) {
      return undefined;
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      return target === undefined ? undefined : convert(target, depth + 1);
    }
    const line = lines.linePos((node as { range?: [number, number, number] } | null)?.range?.[0] ?? 0).line;
    if (isMap(node)) {
      remember(node);
      const entries = new Map<string, Node>();
      const merged: Node[] = [];
      for (const { key, value } of node.items) {
        const name = convert(key, depth + 1);
        const content = value === null ? nothing(part, line) : convert(value, depth + 1);
        if (content === undefined) {
          return undefined;
        }
        const text = name?.kind === "scalar" ? name.text : undefined;
        if (text === undefined) {
          return undefined;
        }
        if (text === "<<") {
          // Not by spreading: the list may have more items than a call takes arguments.
          for (const item of content.kind === "list" ? content.items : [content]) {
            merged.push(item);
          }
        } else {
          entries.set(text, content);
        }
      }
      for (const other of merged) {
        for (const [name, content] of other.kind === "map" ? other.entries : []) {
          budget.step();
          if (!entries.has(name)) {
            entries.set(name, content);
          }
        }
      }
      return { kind: "map", entries, part, line };
    }
    if (isSeq(node)) {
      remember(node);
      const items: Node[] = [];
      for (const item of node.items) {
        const content = item === null ? nothing(part, line) : convert(item, depth + 1);
        if (content === undefined) {
          return undefined;
        }
        items.push(content);
      }
      return { kind: "list", items, part, line };
    }
    if (isScalar(node)) {
      remember(node);
      const { value } = node;
      const literal = node.type === "BLOCK_LITERAL";
      const usable =
        typeof value === "string" ||
        typeof value === "number" ||
        typeof value === "boolean" ||
        typeof value === "bigint"
          ? value
          : value instanceof Uint8Array
            ? Buffer.from(value)
            : null;
      return {
        kind: "scalar",
        value: usable,
        text: typeof value === "string" ? value : (node.source ?? ""),
        // The text of a block begins on the line below its `|`.
        part,
        line: literal ? line + 1 : line,
        literal,
      };
    }
    return nothing(part, line);
  };
  const anchors = new Map<string, unknown>();
  const remember = (node: { anchor?: string | undefined }): void => {
    // An anchor may be given twice: an alias means the one before it.
    if (node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
  };
  return convert(document.contents, 0);
}

/** The one document of the text; undefined if there is an error in it, or another document. */
function parsed(text: string, lines: LineCounter): Document.Parsed | undefined {
  const seen = { error: false };
  // The parser goes on behind an error, and can make one of every character.
  function* untilError(): Generator<CST.Token> {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type === "error") {
        seen.error = true;
        return;
      }
      yield token;
    }
  }
  const { stackTraceLimit } = Error;
  try {
    // Errors inside of a document come all at once, and a stack trace for each would take most of the time.
    Error.stackTraceLimit = 0;
    // A key twice is no error for PyYAML: the last one holds.
    const composer = new Composer<ParsedNode>({ version: "1.1", uniqueKeys: false });
    const documents = [...composer.compose(untilError(), true, text.length)];
    const [document] = documents;
    return seen.error || documents.length !== 1 || document === undefined || document.errors.length > 0
      ? undefined
      : document;
  } catch {
    // The parser recurses: what is nested without end exhausts the stack.
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function nothing(part: number, line: number): Node {
  return { kind: "scalar", value: null, text: "", part, line, literal: false };
}

/** Whether brackets or dashes nest so deep that the parser would only find out by exhausting the stack. */
function tooDeep(text: string): boolean {
  return /(?:[[{]\s{0,8}){60}|(?:[-?:][ \t]{1,8}){60}/.test(text);
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
