import { isList, isProperties, revealAll, UNKNOWN } from "./value";
import type { PlainProperties, Value, Properties } from "./value";

export type ChangeKind = "add" | "delete" | "update";

/** One changed leaf: `tags.Name`, `vpcSecurityGroupIds[1]`. */
export interface Change {
  readonly path: string;
  /** The top-level property that it is in. */
  readonly property: string;
  readonly kind: ChangeKind;
  /** Whether the resource must be replaced for it. */
  readonly replace: boolean;
}

/** What the engine is told about the difference between two sets of inputs. */
export interface Diff {
  readonly changes: readonly Change[];
  readonly deleteBeforeReplace: boolean;
}

export interface DiffRules {
  /** Whether a change at this path means a new resource. */
  readonly replaces: (property: string, path: string) => boolean;
  /** Properties whose order means nothing. */
  readonly sets?: ReadonlySet<string>;
  /** Properties that keep their value when they are removed from the program: optional and computed ones. */
  readonly sticky?: ReadonlySet<string>;
}

/** Compares inputs, leaf by leaf. Whether a value is secret is no difference; an unknown value always is one. */
export function diffInputs(olds: Properties, news: Properties, rules: DiffRules): readonly Change[] {
  const before = normalize(revealAll(olds), rules);
  const after = normalize(revealAll(news), rules);
  const changes: Change[] = [];
  for (const property of union(before, after)) {
    if (after[property] === undefined && rules.sticky?.has(property)) {
      continue;
    }
    for (const [path, kind] of leaves(name("", property), before[property], after[property])) {
      changes.push({ path, property, kind, replace: rules.replaces(property, path) });
    }
  }
  return changes;
}

function normalize(properties: PlainProperties, rules: DiffRules): PlainProperties {
  return Object.fromEntries(
    Object.entries(properties)
      // What begins with two underscores is bookkeeping of the provider, not an argument.
      .filter(([property, value]) => value !== null && !property.startsWith("__") && property !== "version")
      .map(([property, value]) => [property, rules.sets?.has(property) ? sorted(value) : value]),
  );
}

function sorted(value: Value): Value {
  return isList(value) ? [...value].sort((a, b) => compare(sortKey(a), sortKey(b))) : value;
}

function sortKey(value: Value): string {
  // JSON writes null for symbols, so that unknown elements stand together and in a stable order.
  return JSON.stringify([value]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function* leaves(
  path: string,
  before: Value | undefined,
  after: Value | undefined,
): Generator<[string, ChangeKind]> {
  if (isList(before) && isList(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      yield* leaves(`${path}[${i}]`, before[i], after[i]);
    }
  } else if (isProperties(before) && isProperties(after)) {
    for (const key of union(before, after)) {
      yield* leaves(name(path, key), before[key], after[key]);
    }
  } else if (after === undefined) {
    if (before !== undefined) {
      yield [path, "delete"];
    }
  } else if (before === undefined) {
    yield [path, "add"];
  } else if (after === UNKNOWN || before !== after) {
    yield [path, "update"];
  }
}

function union(a: PlainProperties, b: PlainProperties): Set<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}

/** Property paths of Pulumi: keys that are not plain names are quoted in brackets. */
function name(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) {
    return `${path}["${key.replace(/["\\]/g, "\\$&")}"]`;
  }
  return path === "" ? key : `${path}.${key}`;
}
