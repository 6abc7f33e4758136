import { DEPTH_LIMIT, MULTIPLIED_LIMIT, YamlFailure, type YamlProblem } from "./failure";
import { YAML_TAG, type RawMap, type RawNode, type RawScalar } from "./node";
import { parse } from "./parser";
import { scalarValue, type ScalarValue } from "./scalar-value";
import { scan } from "./scanner";

export { DEPTH_LIMIT, MULTIPLIED_LIMIT, type YamlProblem } from "./failure";

/** A value of a YAML document as cloud-init has it: merge keys are merged, and an alias is the very node that it stands for. */
export type YamlNode = YamlMap | YamlList | YamlScalar | YamlOther;

interface Placed {
  /** Where it begins in the text, in UTF-16 units. */
  readonly at: number;
  /** Nodes that it consists of, aliases followed. */
  readonly size: number;
  /** Levels that it consists of, aliases followed; 1 for a scalar. */
  readonly height: number;
}

export interface YamlMap extends Placed {
  readonly kind: "map";
  /** In the order of the text, what is merged before the rest. Of equal keys the last one holds. */
  readonly pairs: readonly (readonly [key: YamlScalar | YamlOther, value: YamlNode])[];
}

export interface YamlList extends Placed {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}

export interface YamlScalar extends Placed {
  readonly kind: "scalar";
  readonly value: Exclude<ScalarValue, undefined>;
  /** As it is written, for a number: 0644 is not 420. */
  readonly text: string;
  /** A block of `|`: each line of the value is a line of the text. */
  readonly literal: boolean;
}

/** A date, a set, or a list of pairs: nothing that cloud-init has a use for. */
export interface YamlOther extends Placed {
  readonly kind: "other";
  readonly text: string;
}

export type Loaded =
  | { readonly ok: true; readonly root: YamlNode }
  | { readonly ok: false; readonly problem: YamlProblem; readonly at: number; readonly why: string };

/** What PyYAML refuses in any place. Source: yaml/reader.py, NON_PRINTABLE. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /[^\x09\x0A\x0D\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * The one document of the text, exactly as `yaml.safe_load` of Python reads it, which is what cloud-init does: YAML 1.1 with PyYAML's own
 * rules for keys, tabs, aliases, tags and numbers. Also refused is what Python loads and cloud-init then cannot handle: what contains
 * itself or half of a character, more than {@link DEPTH_LIMIT} levels, and aliases that multiply. Linear in the text; what it throws
 * is what `spend` throws, and nothing else.
 *
 * @param spend is told of each token, and of each node, before the work on it
 */
export function loadYaml(text: string, spend: () => void = () => undefined): Loaded {
  try {
    const unprintable = text.search(UNPRINTABLE);
    if (unprintable >= 0) {
      throw new YamlFailure("unprintable", unprintable, "a character that YAML does not have");
    }
    const root = parse(scan(text, spend));
    return { ok: true, root: root === undefined ? NOTHING : new Construction(spend).node(root) };
  } catch (error) {
    if (error instanceof YamlFailure) {
      return { ok: false, problem: error.problem, at: error.at, why: error.why };
    }
    throw error;
  }
}

const NOTHING: YamlNode = {
  kind: "scalar",
  value: null,
  text: "",
  literal: false,
  at: 0,
  size: 1,
  height: 1,
};

type Pair = readonly [key: RawNode, value: RawNode];

/** Makes values of nodes. Source: yaml/constructor.py of PyYAML, SafeConstructor. */
class Construction {
  private readonly made = new Map<RawNode, YamlNode>();
  private readonly flattened = new Map<RawMap, readonly Pair[]>();
  /** Nodes that aliases stand for, again and again, and pairs that are merged. */
  private multiplied = 0;
  /** Levels that are being worked on. */
  private depth = 0;

  constructor(private readonly spend: () => void) {}

  node(raw: RawNode): YamlNode {
    this.spend();
    const made = this.made.get(raw);
    if (made) {
      this.multiply(made.size, raw.at);
      return made;
    }
    const node = this.deeper(raw.at, () => this.valueOf(raw));
    if (node.height > DEPTH_LIMIT) {
      throw tooDeep(raw.at);
    }
    this.made.set(raw, node);
    return node;
  }

  private deeper<T>(at: number, work: () => T): T {
    // Twice as many as a document may have: a merge key takes a level of its own.
    if (this.depth > 2 * DEPTH_LIMIT) {
      throw tooDeep(at);
    }
    this.depth += 1;
    const done = work();
    this.depth -= 1;
    return done;
  }

  private multiply(by: number, at: number): void {
    this.multiplied += by;
    if (this.multiplied > MULTIPLIED_LIMIT) {
      throw new YamlFailure("too-many", at, `aliases for more than ${MULTIPLIED_LIMIT} values`);
    }
  }

  private valueOf(raw: RawNode): YamlNode {
    const { at } = raw;
    const type = raw.tag.startsWith(YAML_TAG) ? raw.tag.slice(YAML_TAG.length) : undefined;
    switch (type) {
      case "map":
        return this.map(raw);
      case "set": {
        const { size, height } = this.map(raw);
        return { kind: "other", text: "", at, size, height };
      }
      case "seq":
        if (raw.kind !== "list") {
          throw misfit(raw);
        }
        return placed({ kind: "list", items: raw.items.map((item) => this.node(item)) }, at);
      case "omap":
      case "pairs":
        return this.pairs(raw);
      default: {
        const scalar = asScalar(raw);
        const value = scalarValue(raw.tag, scalar.text, raw.kind === "scalar" ? raw.from : at);
        const literal = scalar.style === "literal";
        const rest = { text: scalar.text, at, size: 1, height: 1 };
        return value === undefined ? { kind: "other", ...rest } : { kind: "scalar", value, literal, ...rest };
      }
    }
  }

  private map(raw: RawNode): YamlMap {
    if (raw.kind !== "map") {
      throw misfit(raw);
    }
    const pairs = this.flatten(raw).map(([key, value]) => {
      const made = this.node(isSign(key, "value") ? { ...key, tag: `${YAML_TAG}str` } : key);
      if (made.kind === "map" || made.kind === "list" || (made.kind === "other" && key.kind !== "scalar")) {
        throw new YamlFailure("key", key.at, "a list or a map as a key");
      }
      return [made, this.node(value)] as const;
    });
    return placed({ kind: "map", pairs }, raw.at);
  }

  /** The pairs of a map with what its merge keys bring before its own. */
  private flatten(raw: RawMap): readonly Pair[] {
    const known = this.flattened.get(raw);
    if (known) {
      return known;
    }
    const merged: Pair[] = [];
    const own: Pair[] = [];
    for (const pair of raw.pairs) {
      const [key, value] = pair;
      if (!isSign(key, "merge")) {
        own.push(pair);
      } else if (value.kind === "map") {
        this.merge(merged, value);
      } else if (value.kind === "list") {
        for (const item of [...value.items].reverse()) {
          if (item.kind !== "map") {
            throw new YamlFailure("merge", item.at, "a merge key of a list of what are no maps");
          }
          this.merge(merged, item);
        }
      } else {
        throw new YamlFailure("merge", value.at, "a merge key of what is no map");
      }
    }
    const pairs = [...merged, ...own];
    this.flattened.set(raw, pairs);
    return pairs;
  }

  private merge(into: Pair[], from: RawMap): void {
    for (const pair of this.deeper(from.at, () => this.flatten(from))) {
      this.spend();
      this.multiply(1, from.at);
      into.push(pair);
    }
  }

  private pairs(raw: RawNode): YamlOther {
    if (raw.kind !== "list") {
      throw misfit(raw);
    }
    const parts = raw.items.flatMap((item) => {
      if (item.kind !== "map" || item.pairs.length !== 1) {
        throw misfit(item);
      }
      return item.pairs.flatMap(([key, value]) => [this.node(key), this.node(value)]);
    });
    const { size, height } = placed({ kind: "list", items: parts }, raw.at);
    return { kind: "other", text: "", at: raw.at, size, height: height + 1 };
  }
}

/** A map with the key `=` may stand for a scalar. */
function asScalar(raw: RawNode): RawScalar {
  let node: RawNode | undefined = raw;
  while (node?.kind === "map") {
    node = node.pairs.find(([key]) => isSign(key, "value"))?.[1];
  }
  if (node?.kind !== "scalar") {
    throw misfit(raw);
  }
  return node;
}

function tooDeep(at: number): YamlFailure {
  return new YamlFailure("nested-too-deep", at, `more than ${DEPTH_LIMIT} levels, aliases followed`);
}

function isSign(node: RawNode, sign: "merge" | "value"): boolean {
  return node.tag === YAML_TAG + sign;
}

function misfit(raw: RawNode): YamlFailure {
  return new YamlFailure("tag", raw.at, "a tag that does not fit what it stands before");
}

function placed<T extends Pick<YamlMap, "kind" | "pairs"> | Pick<YamlList, "kind" | "items">>(
  node: T,
  at: number,
): T & Placed {
  const parts: readonly YamlNode[] = node.kind === "map" ? node.pairs.flat() : node.items;
  let size = 1;
  let height = 0;
  for (const part of parts) {
    size += part.size;
    height = Math.max(height, part.height);
  }
  return { ...node, at, size, height: height + 1 };
}
