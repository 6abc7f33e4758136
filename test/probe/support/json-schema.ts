/**
 * A validator for JSON Schema (draft 2020-12), as far as the schema of the report goes. Strict: a keyword that it does not know
 * is an error in the schema, never ignored.
 *
 * @returns where the value breaks the schema, and on which keyword; empty if it does not
 */
export function violations(schema: unknown, value: unknown): string[] {
  return judge(schema, value, schema, "");
}

type Keyword = (argument: unknown, value: unknown, root: unknown, at: string, schema: Schema) => string[];
type Schema = Readonly<Record<string, unknown>>;

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: ignored,
  $id: ignored,
  $defs: ignored,
  title: ignored,
  description: ignored,
  // Judged by `if`.
  then: ignored,
  else: ignored,
  $ref: (pointer, value, root, at) => {
    const name = /^#\/\$defs\/(\w+)$/.exec(String(pointer))?.[1];
    const target =
      isRecord(root) && isRecord(root["$defs"]) && name !== undefined ? root["$defs"][name] : null;
    if (!isRecord(target)) {
      throw new Error(`the schema has no ${String(pointer)}`);
    }
    return judge(target, value, root, at);
  },
  type: (types, value, _, at) =>
    unless([types].flat().includes(typeOf(value)) || isWhole(types, value), at, "type"),
  const: (wanted, value, _, at) => unless(value === wanted, at, "const"),
  enum: (allowed, value, _, at) => unless(list(allowed).includes(value), at, "enum"),
  pattern: (pattern, value, _, at) =>
    unless(typeof value !== "string" || new RegExp(String(pattern), "u").test(value), at, "pattern"),
  minLength: (least, value, _, at) =>
    unless(typeof value !== "string" || value.length >= Number(least), at, "minLength"),
  minimum: (least, value, _, at) =>
    unless(typeof value !== "number" || value >= Number(least), at, "minimum"),
  maximum: (most, value, _, at) => unless(typeof value !== "number" || value <= Number(most), at, "maximum"),
  minItems: (least, value, _, at) =>
    unless(!Array.isArray(value) || value.length >= Number(least), at, "minItems"),
  maxItems: (most, value, _, at) =>
    unless(!Array.isArray(value) || value.length <= Number(most), at, "maxItems"),
  items: (each, value, root, at) =>
    Array.isArray(value) ? value.flatMap((item, i) => judge(each, item, root, `${at}/${i}`)) : [],
  required: (names, value, _, at) =>
    isRecord(value)
      ? list(names).flatMap((name) =>
          unless(Object.hasOwn(value, String(name)), `${at}/${String(name)}`, "required"),
        )
      : [],
  properties: (properties, value, root, at) =>
    isRecord(value) && isRecord(properties)
      ? Object.entries(properties).flatMap(([name, each]) =>
          Object.hasOwn(value, name) ? judge(each, value[name], root, `${at}/${name}`) : [],
        )
      : [],
  allOf: (all, value, root, at) => list(all).flatMap((each) => judge(each, value, root, at)),
  anyOf: (any, value, root, at) =>
    unless(
      list(any).some((each) => judge(each, value, root, at).length === 0),
      at,
      "anyOf",
    ),
  if: (condition, value, root, at, schema) => {
    const branch = judge(condition, value, root, at).length === 0 ? schema.then : schema.else;
    return branch === undefined ? [] : judge(branch, value, root, at);
  },
};

function judge(schema: unknown, value: unknown, root: unknown, at: string): string[] {
  if (!isRecord(schema)) {
    throw new Error(`not a schema: ${JSON.stringify(schema)}`);
  }
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    const known = KEYWORDS[keyword];
    if (known === undefined) {
      throw new Error(`the schema has a keyword that this validator does not know: ${keyword}`);
    }
    return known(argument, value, root, at, schema);
  });
}

function ignored(): string[] {
  return [];
}

function unless(holds: boolean, at: string, keyword: string): string[] {
  return holds ? [] : [`${at === "" ? "/" : at}: ${keyword}`];
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function isWhole(types: unknown, value: unknown): boolean {
  return [types].flat().includes("integer") && Number.isInteger(value);
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new Error(`not a list in the schema: ${JSON.stringify(value)}`);
  }
  return value;
}

function isRecord(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
