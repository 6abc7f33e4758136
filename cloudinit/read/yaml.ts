import { Buffer } from "node:buffer";
import { loadYaml, type YamlNode } from "../yaml/load";
import { TooMuch, type Budget } from "./budget";

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

/** Measured: what any document takes, a token or value of it, and what becomes of a value. */
const STEPS_PER_DOCUMENT = 25;
const STEPS_PER_PIECE = 1.5;
const STEPS_PER_NODE = 2;

/**
 * A YAML document as cloud-init loads it. Aliases are followed within the budget.
 *
 * @throws TooMuch where they stand for more
 */
export function readYaml(text: string, part: number, budget: Budget): Node | YamlProblem {
  budget.spend(STEPS_PER_DOCUMENT);
  budget.look(text.length);
  const loaded = loadYaml(text, () => {
    budget.spend(STEPS_PER_PIECE);
  });
  if (!loaded.ok) {
    if (loaded.problem === "too-many") {
      throw new TooMuch();
    }
    return loaded.problem === "nested-too-deep" ? "nested-too-deep" : "invalid-yaml";
  }
  return new Conversion(part, lineStarts(text), budget).node(loaded.root);
}

/** Turns values with a place in the text into values with a line of a part. */
class Conversion {
  constructor(
    private readonly part: number,
    private readonly starts: readonly number[],
    private readonly budget: Budget,
  ) {}

  node(node: YamlNode): Node {
    this.budget.spend(STEPS_PER_NODE);
    const { part } = this;
    const line = this.lineOf(node.at);
    switch (node.kind) {
      case "map":
        return { kind: "map", entries: this.entries(node.pairs), part, line };
      case "list":
        return { kind: "list", items: node.items.map((item) => this.node(item)), part, line };
      case "scalar": {
        const { value, text, literal } = node;
        // The text of a block begins on the line below its `|`.
        return { kind: "scalar", value, text, part, line: literal ? line + 1 : line, literal };
      }
      case "other":
        // With a text, so that it is not taken for nothing.
        return { kind: "scalar", value: null, text: node.text || "other", part, line, literal: false };
    }
  }

  private entries(pairs: readonly (readonly [key: YamlNode, value: YamlNode])[]): ReadonlyMap<string, Node> {
    const entries = new Map<string, Node>();
    for (const [key, value] of pairs) {
      entries.set(nameOf(key), this.node(value));
    }
    return entries;
  }

  /** The line of a place, counted from 1. */
  private lineOf(at: number): number {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      [low, high] = (this.starts[middle] ?? Infinity) <= at ? [middle, high] : [low, middle];
    }
    return low + 1;
  }
}

/** The name of a key. What is no text for Python gets a name that no text has, where it could be taken for another's. */
function nameOf(key: YamlNode): string {
  if (key.kind === "scalar") {
    return Buffer.isBuffer(key.value) ? `\0${key.text}` : key.text;
  }
  return `\0${key.kind === "other" ? key.text : ""}`;
}

/** Where each line begins, as editors count them. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
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
