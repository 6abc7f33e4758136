import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";

import {
  containsSecret,
  containsUnknown,
  fromStruct,
  keepSecret,
  Opaque,
  reveal,
  Secret,
  toStruct,
  UNKNOWN,
} from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Over the wire and back. */
function sent(properties: Properties): Properties {
  return fromStruct(Struct.deserializeBinary(toStruct(properties).serializeBinary()));
}

describe("property values on the wire", () => {
  it("come back as they were, secrets and unknown values included", () => {
    const properties: Properties = {
      nothing: null,
      yes: true,
      number: 1.5,
      text: "",
      list: ["a", [1], { b: UNKNOWN }],
      secret: new Secret({ key: "x", list: [new Secret("y")] }),
    };
    expect(sent(properties)).toEqual(properties);
  });

  it("use the engine's own signatures", () => {
    expect(toStruct({ a: new Secret("x"), b: UNKNOWN }).toJavaScript()).toEqual({
      a: { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value: "x" },
      b: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
  });

  it("leave prototypes alone", () => {
    const received = sent(Object.fromEntries([["__proto__", { polluted: true }]]));
    expect(Object.getPrototypeOf(received)).toBe(Object.prototype);
    expect("polluted" in received).toBe(false);
  });

  it("never hand out assets and resources as ordinary objects", () => {
    const struct = Struct.fromJavaScript({
      file: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", text: "x" },
      other: { [SIGNATURE]: "something new" },
    });
    const received = fromStruct(struct);
    expect(received["file"]).toEqual(new Opaque("an asset"));
    expect(received["other"]).toEqual(new Opaque("a value of an unknown kind"));
    expect(() => toStruct(received)).toThrow("cannot send an asset");
  });

  it("are no properties when the message is absent", () => {
    expect(fromStruct(undefined)).toEqual({});
  });
});

describe("secrets", () => {
  const value: Properties = { a: [new Secret({ b: "x" })], c: UNKNOWN };

  it("are found and taken off at any depth", () => {
    expect(containsSecret(value)).toBe(true);
    expect(containsUnknown(value)).toBe(true);
    expect(reveal(value)).toEqual({ a: [{ b: "x" }], c: UNKNOWN });
    expect(containsSecret(reveal(value))).toBe(false);
  });

  it("stay secret in the outputs of the same name, however deep they were", () => {
    const outputs = keepSecret(
      { tags: { Name: "x" }, ip: "1" },
      { tags: { Name: new Secret("x") }, ip: "1" },
    );
    expect(outputs).toEqual({ tags: new Secret({ Name: "x" }), ip: "1" });
    // What the program no longer mentions stays secret; what it gives in clear now does not.
    const olds = { a: new Secret("1"), b: new Secret("2") };
    expect(keepSecret({ a: "1", b: "3" }, { b: "3" }, olds)).toEqual({ a: new Secret("1"), b: "3" });
  });
});
