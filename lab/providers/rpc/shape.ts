import { showGiven } from "../../../backlog/finding";
import { nearest } from "./suggest";
import { isList, isProperties, Opaque, Secret, UNKNOWN } from "./value";
import type { Properties, Value } from "./value";

/** One argument that is refused, as the engine shows it at the resource. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** Where a value stands, and whether messages may show it. */
interface Place {
  readonly path: string;
  readonly hidden: boolean;
}

/** What an argument may be. Nothing is said about values that are not known yet. */
export type Shape = (value: Value, place: Place) => readonly Failure[];

/** Says what is wrong with a value, or nothing. `show` prints a value unless it is secret. */
export type Rule<T> = (value: T, show: (value: T) => string) => string | undefined;

export const text = (rule?: Rule<string>): Shape =>
  scalar("a string", (value) => typeof value === "string", rule);

export const flag = (rule?: Rule<boolean>): Shape =>
  scalar("true or false", (value) => typeof value === "boolean", rule);

/** A whole number from `least` to `most`. */
export const whole = (least: number, most: number): Shape =>
  scalar(
    "a number",
    (value) => typeof value === "number",
    (value: number, show) =>
      Number.isSafeInteger(value) && value >= least && value <= most
        ? undefined
        : `must be a whole number from ${least} to ${most}, not ${show(value)}`,
  );

export const oneOf = (...allowed: readonly string[]): Shape =>
  text((value, show) =>
    allowed.includes(value)
      ? undefined
      : `expected one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}, got ${show(value)}`,
  );

export const listOf = (element: Shape): Shape =>
  known((value, place) =>
    isList(value)
      ? value.flatMap((each, i) => element(each, { ...place, path: `${place.path}[${i}]` }))
      : wrongType(value, "a list", place),
  );

export const mapOf = (element: Shape): Shape =>
  known((value, place) =>
    isProperties(value)
      ? Object.entries(value).flatMap(([key, each]) =>
          element(each, { ...place, path: `${place.path}.${key}` }),
        )
      : wrongType(value, "a map", place),
  );

export const anything: Shape = () => [];

/** Never shows what is inside. */
export const hidden =
  (shape: Shape): Shape =>
  (value, place) =>
    shape(value, { ...place, hidden: true });

export interface Fields {
  /** What has the fields, for messages: `aws:ec2/instance:Instance`. */
  readonly owner: string;
  readonly known: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Fields that the real provider takes and the stand-in does not, and what it is a stand-in for. */
  readonly notImplemented?: { readonly names: readonly string[]; readonly standIn: string };
}

export const record = (fields: Fields): Shape =>
  known((value, place) =>
    isProperties(value) ? checkFields(fields, value, place) : wrongType(value, "an object", place),
  );

/** Checks all arguments of a resource or a function. All failures are reported at once. */
export function checkArguments(fields: Fields, args: Properties): readonly Failure[] {
  return checkFields(fields, args, { path: "", hidden: false });
}

function checkFields(fields: Fields, value: Properties, place: Place): readonly Failure[] {
  const at = (name: string): string => (place.path === "" ? name : `${place.path}.${name}`);
  const failures: Failure[] = [];
  for (const name of fields.required ?? []) {
    if ((value[name] ?? null) === null) {
      failures.push({ property: at(name), reason: `missing required argument ${JSON.stringify(name)}` });
    }
  }
  for (const [name, given] of Object.entries(value)) {
    if (given === null || name.startsWith("__")) {
      continue;
    }
    const shape = Object.hasOwn(fields.known, name) ? fields.known[name] : undefined;
    if (shape) {
      failures.push(...shape(given, { ...place, path: at(name) }));
    } else if (fields.notImplemented?.names.includes(name)) {
      const reason = `the lab's stand-in for ${fields.notImplemented.standIn} does not implement ${JSON.stringify(name)}`;
      failures.push({ property: at(name), reason });
    } else {
      failures.push({ property: at(name), reason: unknownField(fields, name) });
    }
  }
  return failures;
}

function unknownField(fields: Fields, name: string): string {
  const all = [...Object.keys(fields.known), ...(fields.notImplemented?.names ?? [])];
  const meant = nearest(name, all);
  return `unknown argument ${showGiven(name)} of ${fields.owner}${meant ? `; did you mean "${meant}"?` : ""}`;
}

function scalar<T extends Value>(what: string, is: (value: Value) => boolean, rule?: Rule<T>): Shape {
  return known((value, place) => {
    if (!is(value)) {
      return wrongType(value, what, place);
    }
    const show = (given: T): string => (place.hidden ? "a secret value" : showGiven(given));
    const reason = rule?.(value as T, show);
    return reason === undefined ? [] : [{ property: place.path, reason }];
  });
}

/** Lets unknown values pass and looks into secret ones without showing them. */
function known(shape: Shape): Shape {
  return function visit(value, place): readonly Failure[] {
    if (value === UNKNOWN) {
      return [];
    }
    return value instanceof Secret ? visit(value.value, { ...place, hidden: true }) : shape(value, place);
  };
}

function wrongType(value: Value, what: string, place: Place): readonly Failure[] {
  return [{ property: place.path, reason: `must be ${what}, not ${typeName(value)}` }];
}

function typeName(value: Value): string {
  if (value === null) {
    return "null";
  }
  if (value instanceof Opaque) {
    return value.kind;
  }
  if (isList(value)) {
    return "a list";
  }
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
