import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalKey,
  isValue,
  parseSysctlFile,
  renderSysctlFile,
  settingsOf,
  settingsProblems,
  valueProblem,
} from "../../../backlog/sysctld";

const LETTERS = Array.from("abcxyzABCXYZ0189_");
const textOf = (units: readonly string[], options: fc.StringConstraints): fc.Arbitrary<string> =>
  fc.string({ ...options, unit: fc.constantFrom(...units) });
const word = fc
  .tuple(
    textOf(LETTERS, { minLength: 1, maxLength: 1 }),
    textOf([...LETTERS, ":", "@", "+", "-"], { maxLength: 8 }),
  )
  .map((parts) => parts.join(""));
const soundKey = fc
  .array(word, { minLength: 2, maxLength: 6 })
  .chain((words) => fc.constantFrom(words.join("."), words.join("/")));
const soundValue = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .array(textOf([...LETTERS, ".", ",", ":", "+", "@", "/", "-"], { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((it) => it.join(" ")),
);
/** Printable ASCII without the three characters that a header line may not have. */
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (c) => !"#;=".includes(c),
);
const soundSettings = fc
  .uniqueArray(fc.tuple(soundKey, soundValue), { selector: ([key]) => canonicalKey(key), maxLength: 12 })
  .map((entries) => Object.fromEntries(entries));

/** Texts that try to become more than one word of one line. */
const hostile = fc
  .tuple(
    fc.constantFrom("net.core.somaxconn", "4096", "", "a"),
    fc.oneof(
      fc.constantFrom(
        "\n",
        "\r",
        "\r\n",
        "\0",
        "#",
        ";",
        "=",
        " ",
        "\t",
        "\v",
        "\f",
        "\\",
        '"',
        "'",
        "$(id)",
        "`id`",
      ),
      fc.constantFrom(
        "*",
        "?",
        "[",
        "{",
        "..",
        "\uFEFF",
        "\u2028",
        "\u2029",
        "\u0085",
        "\u00a0",
        "\u200b",
        "\u202e",
      ),
      // Look-alikes: fullwidth and small =, #, ;, . and /, Cyrillic o, a ratio for a colon, a minus sign, digits of other scripts.
      fc.constantFrom(
        "\uFF1D",
        "\uA78A",
        "\uFF03",
        "\uFE5F",
        "\uFF1B",
        "\u037e",
        "\u2024",
        "\uFF0F",
        "\u2044",
      ),
      fc.constantFrom("\u043e", "\u2236", "\u2212", "\u0664", "\uFF14", "\u{1D7D2}", "\ud800"),
    ),
    fc.constantFrom("kernel.panic = 1", "x", "", "5"),
  )
  .map((parts) => parts.join(""));

describe("renderSysctlFile", () => {
  it("writes a header and sorted settings", () => {
    const text = renderSysctlFile(
      {
        "net/ipv4/tcp_syncookies": 1,
        "net.core.somaxconn": 4096,
        "net.ipv4.tcp_rmem": "4096 131072 6291456",
      },
      ["Written by listen-backlog.", "", "Do not edit: changes are overwritten."],
    );
    expect(text).toBe(
      "# Written by listen-backlog.\n#\n# Do not edit: changes are overwritten.\n" +
        "net.core.somaxconn = 4096\nnet.ipv4.tcp_rmem = 4096 131072 6291456\nnet.ipv4.tcp_syncookies = 1\n",
    );
  });

  it("gives equal bytes for equal settings, whatever their order and spelling", () => {
    expect(renderSysctlFile({ "net/b/c": "1", "net.a.b": 2 })).toBe(
      renderSysctlFile({ "net.a.b": "2", "net.b.c": 1 }),
    );
  });

  it("writes nothing for nothing", () => {
    expect(renderSysctlFile({})).toBe("");
  });

  it("is read back as it was meant, by both tools", () => {
    fc.assert(
      fc.property(
        soundSettings,
        fc.array(textOf(PRINTABLE, { maxLength: 30 }), { maxLength: 3 }),
        (settings, header) => {
          const meant = Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [canonicalKey(key) ?? "", String(value)]),
          );
          const text = renderSysctlFile(settings, header);
          for (const dialect of ["systemd", "procps"] as const) {
            const parsed = parseSysctlFile(text, dialect);
            expect(settingsOf(parsed)).toEqual(meant);
            expect(parsed.entries).toHaveLength(Object.keys(meant).length);
            expect(parsed.entries.some((entry) => entry.glob || entry.excluded || entry.ignoreErrors)).toBe(
              false,
            );
            expect(parsed.diagnostics).toEqual([]);
          }
        },
      ),
      { seed: 1, numRuns: 1000 },
    );
  });

  it("refuses every hostile key, value and header line", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        // Plain words in between are no attack.
        fc.pre(!isValue(text) && canonicalKey(text) === undefined);
        expect(() => renderSysctlFile({ [text]: 1 })).toThrow(RangeError);
        expect(() => renderSysctlFile({ "net.core.somaxconn": text })).toThrow(RangeError);
        if (/[^\x20-\x7e]|[#;=]/.test(text)) expect(() => renderSysctlFile({}, [text])).toThrow(RangeError);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it("lets nothing but its own lines reach the file, whatever strings it is given", () => {
    const anything = fc.oneof(hostile, soundKey, fc.string({ unit: "binary", maxLength: 20 }));
    fc.assert(
      fc.property(
        fc.dictionary(anything, fc.oneof(anything, soundValue)),
        fc.array(anything, { maxLength: 2 }),
        (settings, header) => {
          let text: string;
          try {
            text = renderSysctlFile(settings, header);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            return;
          }
          const lines = text.split("\n");
          expect(lines.pop()).toBe("");
          expect(lines).toHaveLength(header.length + Object.keys(settings).length);
          for (const line of lines) expect(line).toMatch(/^(?:#[ -"$-:<>-~]*|[\w:@+./-]+ = [\w.,:+@/ -]+)$/);
        },
      ),
      { seed: 1, numRuns: 1000 },
    );
  });

  it("names every problem at once", () => {
    const bad = { "net.core.somaxconn": "1\n2", "net/core/somaxconn": 5, "kernel.*": 1.5 };
    expect(settingsProblems(bad).map((problem) => problem.path)).toEqual([
      'settings["net.core.somaxconn"]',
      'settings["net/core/somaxconn"]',
      'settings["kernel.*"]',
      'settings["kernel.*"]',
    ]);
    expect(() => renderSysctlFile(bad, ["a\nb"])).toThrow(
      /header\[0\]: given "a\\nb";.*\n.*"1\\n2".*\n.*each key once.*\n.*"kernel\.\*".*\n.*given 1\.5/,
    );
  });
});

describe("values", () => {
  it.each([0, -1, 4096, "4096", "fq_codel", "4096 131072 6291456", "1,3-5", "00:11", "a@b", "/bin/true"])(
    "takes %j",
    (value) => {
      expect(valueProblem("settings.x", value)).toBeUndefined();
    },
  );

  it.each([
    "",
    " 1",
    "1 ",
    "1  2",
    "1\t2",
    "1\n",
    "a b\r",
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    null,
    undefined,
    {},
    [1],
    true,
    "x".repeat(1025),
  ])("refuses %j", (value) => {
    expect(valueProblem("settings.x", value)?.path).toBe("settings.x");
  });
});
