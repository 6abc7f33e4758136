import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BRACE_LIMIT, compileComponent, expandBraces } from "../../../backlog/sysctld/glob";
import { KeyTree } from "../../../backlog/sysctld/keytree";
import { compareBytes } from "../../../backlog/sysctld/tree";

describe("compileComponent", () => {
  it.each<[pattern: string, matching: string[], other: string[]]>([
    ["*", ["a", "abc"], [".a", ""].slice(0, 1)],
    ["a*c", ["ac", "abc", "abcbc"], ["a", "ab", "bac"]],
    ["*a*b*", ["ab", "xaxbx"], ["ba", "a"]],
    ["?", ["a", "\u{1F600}"], ["", "ab", "."]],
    ["[abc]", ["a", "c"], ["d", "ab", ""]],
    ["[!a-c]", ["d", "-"], ["a", "b", "c"]],
    ["[^a-c]", ["d"], ["b"]],
    ["[]a]", ["]", "a"], ["[", "b"]],
    ["[!]a]", ["b"], ["]", "a"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[c-a]", [], ["a", "b", "c"]],
    ["[[:digit:]x]", ["0", "9", "x"], ["a", ":"]],
    ["[[:upper:]]", ["A"], ["a"]],
    ["[[:nonsense:]]", [], ["n", ":", "]"]],
    ["[a\\]b]", ["a", "]", "b"], ["\\", "c"]],
    ["[ab", ["[ab"], ["a", "b"]],
    ["a[", ["a["], ["a"]],
    ["\\*", ["*"], ["a", "\\*"]],
    ["a\\", [], ["a", "a\\"]],
    [".*", [".a", "."], ["a"]],
    ["[.]a", [], [".a"]],
  ])("%s", (pattern, matching, other) => {
    const compiled = compileComponent(pattern);
    expect(matching.filter((name) => !compiled.matches(name))).toEqual([]);
    expect(other.filter((name) => compiled.matches(name))).toEqual([]);
  });

  it("agrees with a regular expression on stars and question marks", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(letters, name, (pattern, text) => {
        const regex = new RegExp(`^${pattern.replace(/\*+/g, ".*").replaceAll("?", ".")}$`);
        expect(compileComponent(pattern).matches(text)).toBe(regex.test(text));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe("expandBraces", () => {
  it.each([
    ["a{b,c}d", ["abd", "acd"]],
    ["{a,b}{c,d}", ["ac", "ad", "bc", "bd"]],
    ["{a,{b,c}d}", ["a", "bd", "cd"]],
    ["{a}", ["a"]],
    ["{}", [""]],
    ["{,a}b", ["b", "ab"]],
    ["{a,b", ["{a,b"]],
    ["a}b,c", ["a}b,c"]],
    ["\\{a,b}", ["\\{a,b}"]],
    ["{a\\,b,c}", ["a\\,b", "c"]],
  ])("%s", (pattern, patterns) => {
    expect(expandBraces(pattern)).toEqual({ patterns, truncated: false });
  });

  it("stops at its limit instead of following 2^100 alternatives", () => {
    const { patterns, truncated } = expandBraces("{a,b}".repeat(100));
    expect(truncated).toBe(true);
    expect(patterns.length).toBeLessThanOrEqual(BRACE_LIMIT);
  });
});

describe("KeyTree", () => {
  const tree = new KeyTree(["net.core.somaxconn", "net.ipv4.conf.eth0.tag", "net.ipv4.conf.eth0/7.tag"]);

  it("reaches keys by simplified and by physical paths", () => {
    expect(tree.atSimplifiedPath("net/ipv4/conf/eth0.7/tag")).toBe("net.ipv4.conf.eth0/7.tag");
    expect(tree.atSimplifiedPath("net/core/../core/somaxconn")).toBeUndefined();
    expect(tree.atPhysicalPath("/net//core/../core/./somaxconn")).toBe("net.core.somaxconn");
    expect(tree.atPhysicalPath("../sys/../../proc/sys/net/core/somaxconn")).toBe("net.core.somaxconn");
    for (const path of [
      "net/none/../core/somaxconn",
      "net/core/somaxconn/",
      "net/core/somaxconn/.",
      "net/core",
      "",
    ]) {
      expect(tree.atPhysicalPath(path)).toBeUndefined();
    }
  });

  it("matches globs component by component", () => {
    const keys = (pattern: string, braces = false) =>
      tree.glob(pattern, { braces }).matches.map((match) => match.key);
    expect(keys("net/ipv4/conf/*/tag")).toEqual(["net.ipv4.conf.eth0.tag", "net.ipv4.conf.eth0/7.tag"]);
    expect(keys("net/*/tag")).toEqual([]);
    expect(keys("net/*")).toEqual([]);
    expect(keys("net/{core,none}/*")).toEqual([]);
    expect(keys("net/{core,none}/*", true)).toEqual(["net.core.somaxconn"]);
    expect(keys("net/../net/core/s*")).toEqual(["net.core.somaxconn"]);
    expect(keys("net/../net/core/s*", true)).toEqual([]);
  });
});

describe("compareBytes", () => {
  it("orders strings as their UTF-8 bytes", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom("a", "B", "\uFF61", "\u{1F600}", "\u{1F601}"),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
      maxLength: 5,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
