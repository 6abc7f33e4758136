import { describe, expect, it } from "vitest";

import {
  checkArguments,
  flag,
  hidden,
  listOf,
  mapOf,
  oneOf,
  record,
  text,
  whole,
} from "../../../../lab/providers/rpc/shape";
import type { Fields } from "../../../../lab/providers/rpc/shape";
import { Opaque, Secret, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";

const FIELDS: Fields = {
  owner: "a:b:C",
  known: {
    instanceType: text((value, show) => (value === "bad" ? `refused ${show(value)}` : undefined)),
    count: whole(1, 64),
    flag: flag(),
    mode: oneOf("on", "off"),
    names: listOf(text()),
    tags: mapOf(text()),
    inner: record({ owner: "inner", known: { port: whole(0, 1) }, required: ["port"] }),
    quiet: hidden(oneOf("a")),
  },
  required: ["instanceType"],
  notImplemented: { names: ["launchTemplate"], standIn: "EC2" },
};

function reasons(args: Properties): Record<string, string> {
  const failures = checkArguments(FIELDS, { instanceType: "t3.micro", ...args });
  return Object.fromEntries(failures.map(({ property, reason }) => [property, reason]));
}

describe("checkArguments", () => {
  it("accepts what fits", () => {
    const args = {
      count: 64,
      flag: false,
      mode: "on",
      names: ["a"],
      tags: { a: "b" },
      inner: { port: 0 },
      __defaults: [],
    };
    expect(reasons(args)).toEqual({});
  });

  it("names unknown arguments, with the one that was meant", () => {
    expect(reasons({ instancetyp: "x" })).toEqual({
      instancetyp: 'unknown argument "instancetyp" of a:b:C; did you mean "instanceType"?',
    });
    expect(reasons({ zebra: 1 })).toEqual({ zebra: 'unknown argument "zebra" of a:b:C' });
    expect(reasons({ constructor: 1 })).toEqual({ constructor: 'unknown argument "constructor" of a:b:C' });
  });

  it("says which arguments are real and not implemented", () => {
    expect(reasons({ launchTemplate: {} })).toEqual({
      launchTemplate: 'the lab\'s stand-in for EC2 does not implement "launchTemplate"',
    });
  });

  it("reports all failures at once, with their paths", () => {
    expect(
      reasons({
        instanceType: "bad",
        count: 65,
        flag: "true",
        mode: "maybe",
        names: ["a", 1],
        tags: { a: true },
        inner: { prt: 1 },
      }),
    ).toEqual({
      instanceType: 'refused "bad"',
      count: "must be a whole number from 1 to 64, not 65",
      flag: "must be true or false, not a string",
      mode: 'expected one of "on", "off", got "maybe"',
      "names[1]": "must be a string, not a number",
      "tags.a": "must be a string, not a boolean",
      "inner.port": 'missing required argument "port"',
      "inner.prt": 'unknown argument "prt" of inner; did you mean "port"?',
    });
  });

  it.each([0, 65, 1.5, NaN, Infinity, -1])("refuses %s where 1 to 64 is allowed", (count) => {
    expect(Object.keys(reasons({ count }))).toEqual(["count"]);
  });

  it("says nothing of values that are not known yet", () => {
    expect(reasons({ count: UNKNOWN, names: [UNKNOWN], inner: UNKNOWN })).toEqual({});
    expect(checkArguments(FIELDS, { instanceType: UNKNOWN })).toEqual([]);
  });

  it("looks into secrets and shows none of them", () => {
    const all = JSON.stringify([
      reasons({ mode: new Secret("hunter2"), inner: new Secret({ port: 4711 }) }),
      reasons({ quiet: "hunter2", names: new Secret(["x", new Opaque("an asset")]) }),
    ]);
    expect(all).toContain("got a secret value");
    expect(all).toContain("not an asset");
    expect(all).not.toMatch(/hunter2|4711/);
  });

  it("misses what is required, also when it is null", () => {
    expect(checkArguments(FIELDS, { instanceType: null })).toEqual([
      { property: "instanceType", reason: 'missing required argument "instanceType"' },
    ]);
  });
});
