import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../../cloudinit/read/budget";
import { readYaml } from "../../../cloudinit/read/yaml";
import { composeUserData, readUserData, UserDataError } from "../../../cloudinit";
import { DEPTH_LIMIT, loadYaml, MULTIPLIED_LIMIT } from "../../../cloudinit/yaml/load";
import { loadByPython } from "../support/python";
import { shownYaml } from "../support/shown-yaml";

const PART = { settings: [{ key: "net.core.somaxconn", value: "4096" }], relisten: [] };

/** What PyYAML refuses. */
const REFUSED: readonly string[] = [
  "a: =",
  "a: <<",
  "a: &x 1\nb: &x 2",
  "a: 2001-99-99",
  "a: 2001-02-29",
  "a: 0000-01-01",
  "a: 2001-01-01 24:00:00",
  "a: 2001-01-01 1:00:60",
  "a: 2001-01-01 1:00:00 +24:00",
  "a: 0x_",
  "a: -0b_",
  "a: [a, b]: c",
  "[a]: 1",
  "{a: b}: 1",
  "? [a]\n: 1",
  "? !!set {a}\n: 1",
  "%YAML 2.0\n---\na: b",
  "%YAML 1.1\n%YAML 1.1\n---\na: b",
  "%TAG ! x\n%TAG ! x\n---\na: b",
  `a: ${"1".repeat(4301)}`,
  `${"k".repeat(1025)}: 1`,
  `"${"k".repeat(1023)}": 1`,
  `[a, ${"k".repeat(1024)}]: 1`,
  "a\nb: 1",
  "<<: 5",
  "<<: [5]",
  "a: !!int x",
  "a: !!bool x",
  "a: !!float x",
  "a: !!binary x",
  "a: !!timestamp x",
  "a: !!map []",
  "a: !!seq {}",
  "a: !!str []",
  "a: !!omap [a]",
  "a: !x y",
  "a: !!python/object x",
  "a: *b",
  "a:\tb",
  "\ta: b",
  "a: b\n\tc: d",
  "a: 'b",
  'a: "\\q"',
  'a: "\\x4"',
  'a: "\\U00110000"',
  "a: b: c",
  "- a\nb",
  "a: [b",
  "a: b]\n]",
  "a: {b: c}}",
  "a: @b",
  "a: `b`",
  "a: %b",
  "a: |x\n b",
  "a: |0\n b",
  "a: b\n---\nc: d",
  "a: b\n...\nc: d",
  "a: \u007f",
  "a: \u0000",
  "a: \ud800",
  "a: \ufffe",
  "a: &b*c d",
  ": a",
  "{: a}",
  "- a: b\n c: d",
];

/** What PyYAML takes. */
const TAKEN: readonly string[] = [
  "",
  "# nothing",
  "---",
  "a: b\u0085c: d",
  "a: b\u2028 c",
  "a: |\n b\u2029 c\n",
  "a: !!float 1_0",
  "a: !!null x",
  "a: !!int 0x_f",
  "a: !!str 5",
  "a: !!binary QUJD",
  "a: !!binary |\n  QU JD\n",
  "a: !!set {b, c}",
  "a: !!omap [b: c]",
  "a: !!pairs [b: c, b: d]",
  "a: ! 5",
  "a: ! '5'",
  "a: !<tag:yaml.org,2002:int> '5'",
  "%TAG !e! tag:yaml.org,2002:\n---\na: !e!int '5'",
  "%FOO bar\n---\na: b",
  "%YAML 1.9\n--- # x\na: b\n...\n",
  "=: a",
  "!!str {=: x}",
  "a: 1:30\nb: 1:30.5\nc: 017\nd: 08\ne: 0b11\nf: 1_000\ng: 1e3\nh: 1.5e+3\ni: .5\nj: -.inf\nk: .nan\nl: ._",
  "a: yes\nb: Off\nc: y\nd: ~\ne: null\nf:",
  "a: 2001-01-01\nb: 2001-1-1 1:02:03.5 Z\nc: 2000-02-29",
  `a: ${"1".repeat(4300)}`,
  `${"k".repeat(1023)}: 1`,
  `? ${"k".repeat(2000)}\n: 1`,
  "a: 1\na: 2",
  "1: a\n1.0: b\ntrue: c",
  "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x, {c: 4, a: 5}]}\n'<<': 6",
  "a: &x [1]\nb: *x\nc: *x",
  "a:\n- b\n- c:\n  - d\n-\n",
  "a: [b: c, d, {e: f, g}, ? h : i, 'j':k]",
  "a: {b:c, d: e}",
  "a: http://b:1/c#d",
  "a: b#c # d",
  "a: 'it''s'\nb: \"\\x41\\u00e9\\U0001f600\\\n  c\"",
  "a: >-\n b\n c\n\n d\n   e\n f\n\nb: |+\n x\n\n\nc: |2\n   y",
  "a: 'b\n\n  c'\nd: e\n  f\n\n  g",
  "? a\n? b\n: c",
  "- - a\n  - b\n- ? c\n",
  "\ufeffa: b",
  "\u{1f600}: \u{1f600}",
  "a: [\nb,\n]\nc: {\n}",
  "a: &1 x\n2: *1",
];

/** What Python loads, and cloud-init cannot handle. */
const BEYOND: readonly (readonly [string, string])[] = [
  ["alias", "&a {<<: *a}"],
  ["alias", "a: &a [*a]"],
  ["value", 'a: "\\ud800"'],
  ["nested-too-deep", `a: ${"[".repeat(DEPTH_LIMIT + 1)}${"]".repeat(DEPTH_LIMIT + 1)}`],
  [
    "nested-too-deep",
    Array.from({ length: DEPTH_LIMIT + 1 }, (_, index) => " ".repeat(index) + "a:\n").join(""),
  ],
  ["nested-too-deep", aliasChain(DEPTH_LIMIT + 1)],
  ["too-many", `a: &a [${"x,".repeat(100)}]\nb: [${"*a,".repeat(MULTIPLIED_LIMIT / 100)}]`],
  [
    "too-many",
    `a: &a {${Array.from({ length: 100 }, (_, i) => `k${i}: 1`).join()}}\nb: {<<: [${"*a,".repeat(MULTIPLIED_LIMIT / 100 + 1)}]}`,
  ],
];

function aliasChain(length: number): string {
  return Array.from(
    { length },
    (_, index) => `a${index}: &a${index} [${index === 0 ? "" : `*a${index - 1}`}]\n`,
  ).join("");
}

const PIECES = [
  "a: b\n", "- c\n", "\t", " ", "  ", "\n", "'", '"', "[", "]", "{", "}", ",", ": ", ":", "- ", "-", "#", " #", "|", "|2", "|+", ">", ">-\n",
  "x", "y", "&a ", "&b", "*a", "*a ", "*b", "!!str ", "!", "! ", "!!map ", "!!seq ", "!!int ", "!!float ", "!!null ", "!!binary ", "!!set ",
  "!!omap ", "!!pairs ", "!!bool ", "!!timestamp ", "!<tag:yaml.org,2002:str> ", "!e!x ", "---\n", "--- ", "...\n", "é", "%", "@",
  "%YAML 1.1\n", "%TAG ! tag:x,1:\n", "%TAG !e! tag:yaml.org,2002:\n", "? ", "?", "<<: ", "<<", "=", "= ", "~", "null", "yes", "0x_", "0b1",
  "017", "08", "1:30", "1_0", "1.5", "1e3", "1.0e+3", ".5", "._", "2001-01-01", "2001-99-99", "2001-1-1 1:2:3", "\u0085", "\u2028", "\r\n",
  "\r", "\ufeff", "\u{1f600}", "\\", "\\n", "\\x41", "\\\n", "`", "a:", "a", " b", "QUJD", "AA==", "  - ", "  a: ", "{a: b}", "[a, b]",
  "{<<: *a}", "{<<: [*a]}", '"a": ', "'a': ",
]; // prettier-ignore

const BEGINNINGS = ["a: ", "- ", "", "x: &a {k: v}\ny: ", "&a [1]: ", "[", "{", "#cloud-config\nruncmd:\n"];

/** Anything that is nearly YAML. */
const TEXT = fc
  .tuple(fc.constantFrom(...BEGINNINGS), fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }))
  .map(([beginning, pieces]) => beginning + pieces.join(""));

/** What contains itself is refused here, and Python takes it. */
function containsItself(text: string): boolean {
  const loaded = loadYaml(text);
  return !loaded.ok && loaded.problem === "alias" && loaded.why === "an alias of what it stands in";
}

describe("YAML is read as PyYAML reads it", () => {
  it.each(REFUSED)("and %j is refused by both, when composing and when reading", (text) => {
    const [python] = text.includes("\ud800") ? [null] : loadByPython([text]);
    expect(python).toBe(null);
    expect(loadYaml(text).ok).toBe(false);
    expect(readYaml(text, 1, new Budget(1_000_000))).toBe("invalid-yaml");
    expect(() => composeUserData(`#cloud-config\n${text}`, PART)).toThrow(UserDataError);
    if (!text.startsWith("%") && !text.includes("\u0000")) {
      const { unknown } = readUserData(`#cloud-config\n${text}`);
      expect(unknown.map(({ reason }) => reason)).toContain("invalid-yaml");
    }
  });

  it("and has the same values of what both take", () => {
    const python = loadByPython(TAKEN);
    expect(TAKEN.filter((_, index) => python[index] === null)).toEqual([]);
    TAKEN.forEach((text, index) => {
      const loaded = loadYaml(text);
      expect(loaded.ok ? shownYaml(loaded.root) : loaded, text).toEqual(python[index]);
    });
  });

  it("of thousands of texts that are nearly YAML", () => {
    const texts = fc.sample(TEXT, { numRuns: 12_000, seed: 20_261_123 });
    const python = loadByPython(texts);
    let taken = 0;
    texts.forEach((text, index) => {
      if (containsItself(text)) {
        return;
      }
      const loaded = loadYaml(text);
      expect(loaded.ok ? shownYaml(loaded.root) : null, JSON.stringify(text)).toEqual(python[index]);
      taken += Number(loaded.ok);
    });
    // Both kinds, and many of each.
    expect(taken).toBeGreaterThan(2000);
    expect(texts.length - taken).toBeGreaterThan(2000);
  });

  it.each(BEYOND)("except for what cloud-init cannot handle: %s", (problem, text) => {
    expect(loadYaml(text)).toMatchObject({ ok: false, problem });
    expect(loadByPython([text])[0]).not.toBe(null);
  });

  it("and up to the very limits of that", () => {
    for (const text of [
      `a: ${"[".repeat(DEPTH_LIMIT - 2)}${"]".repeat(DEPTH_LIMIT - 2)}`,
      aliasChain(DEPTH_LIMIT - 2),
      `a: &a [${"x,".repeat(98)}]\nb: [${"*a,".repeat(MULTIPLIED_LIMIT / 100)}]`,
    ]) {
      const loaded = loadYaml(text);
      expect(loaded.ok ? shownYaml(loaded.root) : loaded).toEqual(loadByPython([text])[0]);
    }
  });

  it("whatever it is, and tells of each piece of work", () => {
    for (const text of [
      "[".repeat(250_000),
      "a: &a\n".repeat(40_000),
      "- ".repeat(120_000),
      `a: |\n${"\n".repeat(250_000)}`,
      `"${"\n".repeat(250_000)}"`,
      "? ".repeat(100_000),
      `{${"a,".repeat(100_000)}`,
    ]) {
      let spent = 0;
      loadYaml(text, () => (spent += 1));
      expect(spent).toBeGreaterThan(0);
      expect(spent).toBeLessThan(3 * text.length + 10);
    }
    const full = new Error("full");
    expect(() =>
      loadYaml("a: b", () => {
        throw full;
      }),
    ).toThrow(full);
  });
});
