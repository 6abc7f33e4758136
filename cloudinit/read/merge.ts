import { entry, textOf, type Node } from "./yaml";

/** How a cloud-config is merged into what the parts before it made. Source: cloudinit/mergers/. */
export type Strategy = readonly {
  readonly name: "dict" | "list" | "str";
  readonly has: (option: string) => boolean;
}[];

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
  return all.length > 0 ? all : fromText(DEFAULT);
}

function present(node: Node | undefined): Node | undefined {
  return node?.kind === "scalar" && node.value === null ? undefined : node;
}

function fromText(text: string): Strategy | undefined {
  const strategy: Strategy[number][] = [];
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
    const options = (found?.[2] ?? "").split(",").map((option) => option.trim());
    strategy.push({ name: merger, has: (option) => options.includes(option) });
  }
  return strategy;
}

function fromNode(node: Node): Strategy | undefined {
  const text = textOf(node);
  if (text !== undefined) {
    return fromText(text);
  }
  if (node.kind !== "list") {
    return undefined;
  }
  const strategy: Strategy[number][] = [];
  for (const item of node.items) {
    const [name, options] =
      item.kind === "map"
        ? [textOf(entry(item, "name")), entry(item, "settings")]
        : item.kind === "list"
          ? [textOf(item.items[0]), { ...item, items: item.items.slice(1) }]
          : [undefined, undefined];
    const merger = mergerOf(name?.trim().replaceAll("-", "_"));
    if (merger === undefined || options === undefined) {
      return undefined;
    }
    const words = options.kind === "list" ? options.items.map(textOf) : [];
    // A string is searched for the option's name, as Python's "in" does.
    const whole = textOf(options);
    strategy.push({
      name: merger,
      has: (option) => words.includes(option) || whole?.includes(option) === true,
    });
  }
  return strategy;
}

function mergerOf(name: string | undefined): Strategy[number]["name"] | undefined {
  const bare = name?.replace(/^m_/, "");
  return bare === "dict" || bare === "list" || bare === "str" ? bare : undefined;
}

/** Merges a later value into an earlier one: the first merger for the earlier value's type decides. */
export function merged(value: Node, other: Node, strategy: Strategy, depth = 0): Node {
  if (depth > 50) {
    return value;
  }
  const again = (a: Node, b: Node): Node => merged(a, b, strategy, depth + 1);
  const kind =
    value.kind === "map"
      ? "dict"
      : value.kind === "list"
        ? "list"
        : textOf(value) === undefined
          ? undefined
          : "str";
  const merger = strategy.find(({ name }) => name === kind);
  if (merger === undefined) {
    return value;
  }
  const { has } = merger;
  if (value.kind === "map") {
    return mergeMaps(value, other, has, again);
  }
  if (value.kind === "list") {
    return mergeLists(value, other, has, again);
  }
  const [a, b] = [textOf(value), textOf(other)];
  return has("append") && a !== undefined && b !== undefined
    ? { ...value, value: a + b, text: a + b }
    : other;
}

type Has = (option: string) => boolean;
type Again = (a: Node, b: Node) => Node;

function mergeMaps(value: Node & { kind: "map" }, other: Node, has: Has, again: Again): Node {
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

function mergeLists(value: Node & { kind: "list" }, other: Node, has: Has, again: Again): Node {
  const method = ["append", "prepend", "replace", "no_replace"].find(has) ?? "replace";
  if (other.kind !== "list") {
    return method === "replace" ? other : value;
  }
  if (method === "append") {
    return { ...value, items: [...value.items, ...other.items] };
  }
  if (method === "prepend") {
    return { ...value, items: [...other.items, ...value.items] };
  }
  if (method === "no_replace") {
    return value;
  }
  // Item by item: what the later list has beyond the earlier one's length is lost.
  const items = value.items.map((ours, index) => {
    const theirs = other.items[index];
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
