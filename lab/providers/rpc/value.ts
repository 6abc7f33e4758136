import { ListValue, NullValue, Struct, Value as ProtoValue } from "google-protobuf/google/protobuf/struct_pb";

/** A value that is not known yet: the output of a resource that the preview has not created. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A value that must stay encrypted in state and out of every message. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** An asset, an archive or a resource reference: nothing that a stand-in takes, kept only so that it can be refused. */
export class Opaque {
  constructor(readonly kind: string) {}
}

/** A property value as it travels between the engine and a provider. */
export type Value =
  null | boolean | number | string | typeof UNKNOWN | Secret | Opaque | readonly Value[] | Properties;

export type Properties = { readonly [name: string]: Value };

/** Properties with the secret wrappers taken off: what {@link revealAll} returns. */
export type PlainProperties = Properties;

// The wire format of the engine (sdk/go/common/resource/plugin/rpc.go and sdk/nodejs/runtime/rpc.ts).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const KINDS: Readonly<Record<string, string>> = {
  c44067f5952c0a294b673a41bacd8c17: "an asset",
  "0def7320c3a5731c473e5ecbe6d01bc7": "an archive",
  "5cf8f73096256a8f31e491e813e4eb8e": "a resource",
  d0e6a833031e9bbcd3f4e8bde6ca49a4: "an output",
};
/** One sentinel for each type that the missing value would have. */
const UNKNOWNS: ReadonlySet<string> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads the properties of a request; an absent message is no properties. */
export function fromStruct(struct: Struct | undefined): Properties {
  return Object.fromEntries(fields(struct));
}

/** Writes properties for a response. */
export function toStruct(properties: Properties): Struct {
  const struct = new Struct();
  const map = struct.getFieldsMap();
  for (const [name, value] of Object.entries(properties)) {
    map.set(name, toProto(value));
  }
  return struct;
}

/** The value without secret wrappers, at any depth. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) {
    return reveal(value.value);
  }
  if (isList(value)) {
    return value.map(reveal);
  }
  return isProperties(value) ? revealAll(value) : value;
}

export function revealAll(properties: Properties): PlainProperties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, reveal(value)]));
}

export function containsSecret(value: Value): boolean {
  return value instanceof Secret || children(value).some(containsSecret);
}

export function containsUnknown(value: Value): boolean {
  return value === UNKNOWN || children(value).some(containsUnknown);
}

/**
 * Marks each of `outputs` as secret whose name is a secret among `inputs`.
 *
 * @param olds the outputs so far: they decide for what the inputs no longer mention, which can live on as it was.
 */
export function keepSecret(outputs: PlainProperties, inputs: Properties, olds: Properties = {}): Properties {
  const mentioned = Object.entries(inputs).filter(([, value]) => value !== null);
  const marked: Properties = { ...olds, ...Object.fromEntries(mentioned) };
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [
      name,
      containsSecret(marked[name] ?? null) ? new Secret(value) : value,
    ]),
  );
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !isList(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Opaque)
  );
}

function children(value: Value): readonly Value[] {
  if (value instanceof Secret) {
    return [value.value];
  }
  if (isList(value)) {
    return value;
  }
  return isProperties(value) ? Object.values(value) : [];
}

function fields(struct: Struct | undefined): [string, Value][] {
  const entries: [string, Value][] = [];
  struct?.getFieldsMap().forEach((value, name) => entries.push([name, fromProto(value)]));
  return entries;
}

function fromProto(value: ProtoValue): Value {
  switch (value.getKindCase()) {
    case ProtoValue.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case ProtoValue.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case ProtoValue.KindCase.STRING_VALUE: {
      const text = value.getStringValue();
      return UNKNOWNS.has(text) ? UNKNOWN : text;
    }
    case ProtoValue.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(fromProto);
    case ProtoValue.KindCase.STRUCT_VALUE:
      return fromObject(Object.fromEntries(fields(value.getStructValue())));
    default:
      return null;
  }
}

function fromObject(object: Properties): Value {
  const signature = object[SIGNATURE];
  if (signature === undefined) {
    return object;
  }
  if (signature === SECRET) {
    return new Secret(object["value"] ?? null);
  }
  return new Opaque((typeof signature === "string" && KINDS[signature]) || "a value of an unknown kind");
}

function toProto(value: Value): ProtoValue {
  const proto = new ProtoValue();
  if (value === null) {
    return proto.setNullValue(NullValue.NULL_VALUE);
  }
  if (value === UNKNOWN) {
    return proto.setStringValue(UNKNOWN_SENTINEL);
  }
  if (typeof value === "string") {
    return proto.setStringValue(value);
  }
  if (typeof value === "number") {
    return proto.setNumberValue(value);
  }
  if (typeof value === "boolean") {
    return proto.setBoolValue(value);
  }
  if (value instanceof Secret) {
    return proto.setStructValue(toStruct({ [SIGNATURE]: SECRET, value: value.value }));
  }
  if (value instanceof Opaque) {
    throw new Error(`cannot send ${value.kind} to the engine`);
  }
  if (isList(value)) {
    return proto.setListValue(new ListValue().setValuesList(value.map(toProto)));
  }
  return proto.setStructValue(toStruct(value));
}
