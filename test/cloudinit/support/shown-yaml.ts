import type { YamlNode } from "../../../cloudinit/yaml/load";

/** A value as `load_yaml.py` shows Python's, so that the two can be compared. */
export function shownYaml(node: YamlNode): readonly unknown[] {
  switch (node.kind) {
    case "map": {
      // Of keys that are equal for Python the first stays, with the last value.
      const pairs = new Map<string, [unknown, unknown]>();
      for (const [key, value] of node.pairs) {
        const shown = shownYaml(key);
        const name = nameOf(shown);
        pairs.set(name, [pairs.get(name)?.[0] ?? shown, shownYaml(value)]);
      }
      return ["map", [...pairs.values()]];
    }
    case "list":
      return ["list", node.items.map(shownYaml)];
    case "other":
      return ["other"];
    case "scalar":
      return shownScalar(node.value);
  }
}

function shownScalar(value: string | number | bigint | boolean | null | Buffer): readonly unknown[] {
  switch (typeof value) {
    case "string":
      return ["text", value];
    case "number":
    case "bigint":
      return ["number", String(value)];
    case "boolean":
      return ["constant", value ? "True" : "False"];
    default:
      return value === null ? ["constant", "None"] : ["bytes", value.toString("hex")];
  }
}

/** For Python 1, 1.0 and True are the same key. */
function nameOf([kind, value]: readonly unknown[]): string {
  if (kind === "constant" && value !== "None") {
    return `number ${value === "True" ? 1 : 0}`;
  }
  return kind === "number" ? `number ${Number(value)}` : JSON.stringify([kind, value]);
}
