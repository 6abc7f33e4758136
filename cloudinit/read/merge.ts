import type { Budget } from "./budget";
import { entry, textOf, type ListNode, type MapNode, type Node } from "./yaml";

/** Thrown where cloud-init fails at merging a part, and leaves it out. */
export class Unmergeable extends Error {}

/** How a cloud-config is merged into what the parts before it made. Source: cloudinit/mergers/. */
export type Strategy = ReadonlyMap<Merger, ReadonlySet<Option>>;

type Merger = "dict" | "list" | "str";

const OPTIONS = [
  "allow_delete", "replace", "no_replace", "append", "prepend", "recurse_dict", "recurse_list", "recurse_array", "recurse_str",
] as const; // prettier-ignore
type Option = (typeof OPTIONS)[number];

/** Without a word on it, a key of a later part takes the place of the earlier part's. Source: handlers/cloud_config.py. */
const DEFAULT = "dict(replace)+list()+str()";

/** The strategy of a part, from `merge_how`, `merge_type` and its header; undefined if cloud-init would refuse the part. */
export function strategyOf(config: Node, header: string | undefined): Strategy | undefined {
  const given = present(entry(config, "merge_how")) ?? present(entry(config, "merge_type"));
  const fromConfig = given === undefined ? [] : fromNode(given);
  const fromHeader = header === undefined ? [] : fromText(header);
  if (fromConfig === undefined || fromHeader === undefined) {
    return undefined;
  }
  const all = [...fromConfig, ...fromHeader];
  return all.length > 0 ? strategyFrom(all) : strategyFrom(fromText(DEFAULT) ?? []);
}

/** A merger and its options as they are written. */
type Named = readonly [merger: Merger, options: ReadonlySet<Option>];

/** Of two mergers for one type the first one counts. */
function strategyFrom(all: readonly Named[]): Strategy {
  return new Map([...all].reverse());
}

function present(node: Node | undefined): Node | undefined {
  return node?.kind === "scalar" && node.value === null ? undefined : node;
}

/** White space for JavaScript, and none for Python: what has it is no name of a merger. */
const NO_SPACE = "\ufeff";

function fromText(text: string): Named[] | undefined {
  const strategy: Named[] = [];
  if (text.includes(NO_SPACE)) {
    return undefined;
  }
  for (const piece of text.slice(0, 4096).toLowerCase().split("+")) {
    const name = piece.trim().replaceAll("-", "_");
    if (name === "") {
      continue;
    }
    const found = /^([a-z_][a-z0-9_]*)\(([^()]*)\)$/.exec(name);
    const merger = mergerOf(found?.[1]);
    if (merger === undefined) {
      return undefined;
    }
    const words = new Set((found?.[2] ?? "").split(",").map((option) => option.trim()));
    strategy.push([merger, new Set(OPTIONS.filter((option) => words.has(option)))]);
  }
  return strategy;
}

function fromNode(node: Node): Named[] | undefined {
  const text = textOf(node);
  if (text !== undefined) {
    return fromText(text);
  }
  if (node.kind !== "list") {
    return undefined;
  }
  const strategy: Named[] = [];
  for (const item of node.items) {
    const [name, options] =
      item.kind === "map"
        ? [nameOf(textOf(entry(item, "name"))), entry(item, "settings")]
        : item.kind === "list"
          ? [textOf(item.items[0]), { ...item, items: item.items.slice(1) }]
          : [undefined, undefined];
    const merger = mergerOf(name);
    if (merger === undefined || options === undefined) {
      return undefined;
    }
    const words = new Set(options.kind === "list" ? options.items.map(textOf) : []);
    // A string is searched for the option's name, as Python's "in" does.
    const whole = textOf(options);
    const has = (option: Option): boolean => words.has(option) || whole?.includes(option) === true;
    strategy.push([merger, new Set(OPTIONS.filter(has))]);
  }
  return strategy;
}

/** As cloud-init takes it from a map: not from a list, whose first entry must be the very name. */
function nameOf(name: string | undefined): string | undefined {
  return name?.includes(NO_SPACE) === true ? undefined : name?.trim().replaceAll("-", "_");
}

function mergerOf(name: string | undefined): Merger | undefined {
  const bare = name?.replace(/^m_/, "");
  return bare === "dict" || bare === "list" || bare === "str" ? bare : undefined;
}

/** A part without what says how it is merged, which cloud-init takes out. */
export function withoutStrategy(config: MapNode): MapNode {
  const entries = new Map(config.entries);
  const how = present(entries.get("merge_how"));
  entries.delete("merge_how");
  if (how === undefined) {
    entries.delete("merge_type");
  }
  return { ...config, entries };
}

/**
 * Merges a later value into an earlier one: the first merger for the earlier value's type decides.
 *
 * @throws Unmergeable where cloud-init would leave out the part
 */
export function merged(value: Node, other: Node, strategy: Strategy, budget: Budget): Node {
  budget.spend(1 + (sizeOf(value) + sizeOf(other)) / 4);
  const again = (a: Node, b: Node): Node => merged(a, b, strategy, budget);
  const kind = value.kind === "map" ? "dict" : value.kind === "list" ? "list" : "str";
  const options = kind === "str" && textOf(value) === undefined ? undefined : strategy.get(kind);
  if (options === undefined) {
    return value;
  }
  const has: Has = (option) => options.has(option);
  if (value.kind === "map") {
    return mergeMaps(value, other, has, again);
  }
  if (value.kind === "list") {
    return mergeLists(value, other, has, again);
  }
  const [a, b] = [textOf(value), textOf(other)];
  if (!has("append")) {
    return other;
  }
  if (a === undefined || b === undefined) {
    throw new Unmergeable();
  }
  return { ...value, value: a + b, text: a + b };
}

function sizeOf(node: Node): number {
  return node.kind === "map" ? node.entries.size : node.kind === "list" ? node.items.length : 0;
}

type Has = (option: Option) => boolean;
type Again = (a: Node, b: Node) => Node;

function mergeMaps(value: MapNode, other: Node, has: Has, again: Again): Node {
  if (other.kind !== "map") {
    return value;
  }
  const entries = new Map(value.entries);
  for (const [key, theirs] of other.entries) {
    const ours = entries.get(key);
    if (ours === undefined) {
      entries.set(key, theirs);
    } else if (has("allow_delete") && theirs.kind === "scalar" && theirs.value === null) {
      entries.delete(key);
    } else if (has("replace")) {
      entries.set(key, theirs);
    } else if (
      theirs.kind === "map" ||
      (theirs.kind === "list" && (has("recurse_list") || has("recurse_array"))) ||
      (textOf(theirs) !== undefined && has("recurse_str"))
    ) {
      entries.set(key, again(ours, theirs));
    }
  }
  return { ...value, entries };
}

function mergeLists(value: ListNode, other: Node, has: Has, again: Again): Node {
  const method = (["append", "prepend", "replace", "no_replace"] as const).find(has) ?? "replace";
  if (method === "replace" && other.kind !== "list") {
    return other;
  }
  const theirItems = itemsOf(other);
  if (method === "append") {
    return { ...value, items: [...value.items, ...theirItems] };
  }
  if (method === "prepend") {
    return { ...value, items: [...theirItems, ...value.items] };
  }
  if (method === "no_replace") {
    return value;
  }
  // Item by item: what the later list has beyond the earlier one's length is lost.
  const items = value.items.map((ours, index) => {
    const theirs = theirItems[index];
    if (theirs === undefined) {
      return ours;
    }
    const recurse =
      theirs.kind === "map"
        ? has("recurse_dict")
        : theirs.kind === "list"
          ? has("recurse_list") || has("recurse_array")
          : textOf(theirs) !== undefined && has("recurse_str");
    return recurse ? again(ours, theirs) : theirs;
  });
  return { ...value, items };
}

/** What Python goes through in a list, and in what is taken for one. */
function itemsOf(node: Node): readonly Node[] {
  const { part, line } = node;
  const scalar = (text: string): Node => ({ kind: "scalar", value: text, text, part, line, literal: false });
  if (node.kind === "list") {
    return node.items;
  }
  if (node.kind === "map") {
    return [...node.entries.keys()].map(scalar);
  }
  const text = textOf(node);
  if (text === undefined) {
    throw new Unmergeable();
  }
  return Array.from(text, scalar);
}
