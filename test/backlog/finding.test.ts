import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFinding, formatProblem, showGiven } from "../../backlog/finding";
import { anyText } from "./support/text";

describe("showGiven", () => {
  const endless: Record<string, unknown> = {};
  endless.self = endless;

  it.each([
    ["nothing", undefined, "nothing"],
    ["null", null, "null"],
    ["a number", 1.5, "1.5"],
    ["NaN", NaN, "NaN"],
    ["Infinity", -Infinity, "-Infinity"],
    ["minus zero, which is not 0", -0, "-0"],
    ["a bigint", 2n ** 64n, "18446744073709551616"],
    ["a bigint where JSON has none", { a: 1n }, "a value that cannot be printed"],
    ["a symbol", Symbol("x"), "Symbol(x)"],
    ["a function", () => 1, "a function"],
    ["an empty string", "", '""'],
    ["a string that looks like a number", "4096", '"4096"'],
    ["a list", [1, "a"], '[1,"a"]'],
    ["an object", { a: { b: true } }, '{"a":{"b":true}}'],
    ["an object that contains itself", endless, "a value that cannot be printed"],
    ["an object that prints itself as nothing", { toJSON: () => undefined }, "nothing"],
    ["quotes", 'a"b', '"a\\"b"'],
    ["a line break", "a\nb", '"a\\nb"'],
    ["a terminal escape", "\u001b[2J", '"\\u001b[2J"'],
    ["a control character of the second set", "\u009b31m", '"\\u009b31m"'],
    ["a look-alike", "ngin\u0445", '"ngin\\u0445"'],
    ["a character outside the first plane", "\u{1f600}", '"\\ud83d\\ude00"'],
    ["a change of the reading direction", "\u202egnp", '"\\u202egnp"'],
    ["a symbol with a line break", Symbol("a\nb"), "Symbol(a\\u000ab)"],
  ])("prints %s", (_, value, printed) => {
    expect(showGiven(value)).toBe(printed);
  });

  it("shortens what is long, and shows that it did", () => {
    expect(showGiven("x".repeat(58))).toBe(`"${"x".repeat(58)}"`);
    expect(showGiven("x".repeat(59))).toBe(`"${"x".repeat(59)}...`);
    expect(showGiven("x".repeat(5_000_000))).toBe(`"${"x".repeat(59)}...`);
  });

  it("is always one short line of printable ASCII", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.oneof(anything, anyText()), (value) => {
        expect(showGiven(value)).toMatch(/^[\x20-\x7e]{1,63}$/);
      }),
    );
  });
});

describe("one line for people", () => {
  it("has every part of a problem", () => {
    const problem = { path: "settings.somaxconn", given: '"4096"', allowed: "an integer", fix: "4096" };
    expect(formatProblem(problem)).toBe(
      'settings.somaxconn: given "4096"; allowed: an integer; instead: 4096',
    );
  });

  it("has every part of a finding", () => {
    expect(
      formatFinding({
        rule: "somaxconn-covers-backlog",
        severity: "error",
        subject: "nginx",
        wanted: "net.core.somaxconn >= 4096",
        got: "128",
        cause: "It is cut.",
        fix: "set settings.somaxconn: 4096",
      }),
    ).toBe(
      "nginx: wanted net.core.somaxconn >= 4096, got 128. Cause: It is cut. Fix: set settings.somaxconn: 4096",
    );
  });
});
