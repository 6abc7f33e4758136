import type { YamlNode, YamlOther, YamlScalar } from "./load";

/** Stands for a value that JavaScript has none for: a date, a set, a list of pairs. */
export const OTHER = Symbol("other");

/** A property of every object that was a map with keys that are no text. */
export const OTHER_KEYS = Symbol("other keys");

/**
 * The value as plain data: maps as objects without a prototype, with the keys that are text, and {@link OTHER_KEYS} where there are
 * others; lists as arrays. What an alias stands for is the same object in each place.
 */
export function plainValue(root: YamlNode): unknown {
  const known = new Map<YamlNode, unknown>();
  const plain = (node: YamlNode): unknown => {
    if (!known.has(node)) {
      known.set(node, fresh(node));
    }
    return known.get(node);
  };
  const fresh = (node: YamlNode): unknown => {
    switch (node.kind) {
      case "map":
        return objectOf(node.pairs, plain);
      case "list":
        return node.items.map(plain);
      case "scalar":
        return node.value;
      case "other":
        return OTHER;
    }
  };
  return plain(root);
}

function objectOf(
  pairs: readonly (readonly [key: YamlScalar | YamlOther, value: YamlNode])[],
  plain: (node: YamlNode) => unknown,
): Record<string | symbol, unknown> {
  const object = Object.create(null) as Record<string | symbol, unknown>;
  for (const [key, value] of pairs) {
    if (key.kind === "scalar" && typeof key.value === "string") {
      object[key.value] = plain(value);
    } else {
      object[OTHER_KEYS] = true;
    }
  }
  return object;
}
