import { describe, expect, it } from "vitest";

import { diffInputs } from "../../../../lab/providers/rpc/diff";
import { Secret, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";

function changed(olds: Properties, news: Properties): Record<string, string> {
  const changes = diffInputs(olds, news, {
    replaces: (property) => property === "ami",
    sets: new Set(["groups"]),
    sticky: new Set(["kept"]),
  });
  return Object.fromEntries(
    changes.map(({ path, kind, replace }) => [path, replace ? `${kind}-replace` : kind]),
  );
}

describe("diffInputs", () => {
  it("names every changed leaf", () => {
    expect(
      changed(
        { ami: "a", tags: { Name: "x", Gone: "1" }, list: [1, 2], same: { a: [true] } },
        { ami: "b", tags: { Name: "y", "a.b": "z" }, list: [1], same: { a: [true] } },
      ),
    ).toEqual({
      ami: "update-replace",
      "tags.Name": "update",
      "tags.Gone": "delete",
      'tags["a.b"]': "add",
      "list[1]": "delete",
    });
  });

  it("takes an unknown value for a change, and a value that became secret for none", () => {
    expect(changed({ a: "x", b: "y" }, { a: UNKNOWN, b: new Secret("y") })).toEqual({ a: "update" });
    expect(changed({ ami: "x" }, { ami: UNKNOWN })).toEqual({ ami: "update-replace" });
    expect(changed({}, { a: UNKNOWN })).toEqual({ a: "add" });
  });

  it("does not mind the order of a set", () => {
    expect(changed({ groups: ["a", "b"] }, { groups: ["b", "a"] })).toEqual({});
    expect(changed({ list: ["a", "b"] }, { list: ["b", "a"] })).toEqual({
      "list[0]": "update",
      "list[1]": "update",
    });
  });

  it("keeps what is optional and computed when the program no longer gives it", () => {
    expect(changed({ kept: "x", other: "y" }, {})).toEqual({ other: "delete" });
    expect(changed({ kept: "x" }, { kept: "y" })).toEqual({ kept: "update" });
  });

  it("reports a change of type as one change", () => {
    expect(changed({ a: { b: 1 } }, { a: [1] })).toEqual({ a: "update" });
  });

  it("leaves out null, the version and what is the provider's own", () => {
    expect(changed({ a: null, __defaults: ["x"], version: "1" }, { __defaults: [], version: "2" })).toEqual(
      {},
    );
  });
});
