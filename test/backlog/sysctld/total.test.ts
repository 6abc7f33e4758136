import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalKey,
  dottedForm,
  mergeBoot,
  mergeFile,
  mergeProcpsSystem,
  parseSysctlFile,
  type TreeNode,
} from "../../../backlog/sysctld";

const knownKeys = ["net.core.somaxconn", "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.lo.rp_filter"];

const syntax = fc.constantFrom(
  ..."\n\r\0\t\v =#;-./*?[]{},!^:\\~abn".split(""),
  "net.core.somaxconn",
  "net/ipv4/conf/*/rp_filter",
  "..",
  "[:alpha:]",
  "\uFEFF",
  "\ud800",
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(syntax, { maxLength: 40 }).map((it) => it.join("")),
);
const anyPath = fc.oneof(
  anyText,
  anyText.map((name) => `/etc/sysctl.d/${name}.conf`),
  fc.constantFrom(
    "/etc/sysctl.conf",
    "/etc/sysctl.d",
    "/lib",
    "/usr",
    "/etc",
    "/",
    "",
    "/usr/lib/sysctl.d/a.conf",
  ),
);
const anyNode: fc.Arbitrary<TreeNode> = fc.oneof(
  fc.record({ path: anyPath, kind: fc.constant("file" as const), text: anyText }),
  fc.record({ path: anyPath, kind: fc.constant("symlink" as const), target: anyPath }),
  fc.record({ path: anyPath, kind: fc.constantFrom("directory" as const, "unreadable" as const) }),
);

describe("parser and merge are total", () => {
  it("parse every text", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("systemd" as const, "procps" as const), (text, dialect) => {
        const { entries, diagnostics } = parseSysctlFile(text, dialect);
        const lines = text.split("\n").length;
        for (const { line } of [...entries, ...diagnostics]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
        }
        for (const entry of entries) {
          expect(entry.excluded).toBe(entry.value === undefined);
          // The key names the same thing when it is read again.
          expect(dottedForm(entry.key).length).toBeGreaterThan(0);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("merge every tree, and each line about a key ends as winner or loser", () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 6 }), (tree) => {
        for (const merge of [mergeBoot, mergeProcpsSystem]) {
          const { keys, files } = merge(tree, { knownKeys });
          expect(JSON.parse(JSON.stringify(files))).toEqual(files);
          for (const outcome of Object.values(keys)) {
            expect(outcome.losers.length + (outcome.winner === undefined ? 0 : 1)).toBeGreaterThan(0);
            if (outcome.winner !== undefined) expect(knownKeys).toContain(outcome.key);
          }
        }
      }),
      { seed: 1, numRuns: 1500 },
    );
  });

  it("merge every single file, with whatever keys", () => {
    fc.assert(
      fc.property(anyPath, anyText, fc.array(anyText, { maxLength: 4 }), (path, text, keys) => {
        const entries = parseSysctlFile(text, "procps").entries.filter(
          (entry) => entry.value !== undefined && !entry.glob,
        );
        const result = mergeFile({ path, text }, { knownKeys: keys });
        const booked = Object.values(result.keys).flatMap((outcome) => [
          ...outcome.losers.filter((loser) => loser.glob === undefined),
          ...(outcome.winner?.glob === undefined && outcome.winner !== undefined ? [outcome.winner] : []),
        ]);
        expect(booked).toHaveLength(entries.length);
      }),
      { seed: 1, numRuns: 1500 },
    );
  });
});

/** Inputs on which a backtracking or exponential method would never end. */
describe("hostile sizes come to an end", () => {
  const SIZE = 50_000;
  it.each([
    ["one endless line", "a".repeat(SIZE)],
    ["spaces", `${" ".repeat(SIZE)}=${" ".repeat(SIZE)}`],
    ["separators", `${"/.".repeat(SIZE)}*=1`],
    ["parent directories", `net/${"../net/".repeat(SIZE)}*=1`],
    ["stars between parents", `net/${"*/../".repeat(SIZE)}core/*=1`],
    ["stars", `net.core.${"*a".repeat(SIZE)}=1`],
    ["brackets", `net.core.*${"[\\]".repeat(SIZE)}]=1`],
    ["classes", `net.core.*[${"[:".repeat(SIZE)}]=1`],
    ["braces", `net.core.*${"{a,b}".repeat(SIZE)}=1`],
    ["nested braces", `net.core.*${"{".repeat(SIZE)}${"}".repeat(SIZE)}=1`],
    ["open braces", `net.core.*${"{a,".repeat(SIZE)}=1`],
    ["line ends", "\n\r\0".repeat(SIZE)],
    ["many keys", Array.from({ length: 20_000 }, (_, i) => `net.k${i}=1\n`).join("")],
    ["one key many times", "net.core.somaxconn=1\nnet.core.somaxconn=2\n".repeat(10_000)],
    [
      "many globs",
      Array.from({ length: 5_000 }, (_, i) => `net.*.somaxconn*${"*".repeat(i % 7)}=1\n`).join(""),
    ],
  ])("%s", (_name, text) => {
    const tree: TreeNode[] = [{ path: "/etc/sysctl.d/a.conf", kind: "file", text }];
    for (const merge of [mergeBoot, mergeProcpsSystem]) {
      expect(merge(tree, { knownKeys }).files).toHaveLength(1);
    }
    expect(canonicalKey(text)).toBeUndefined();
  });

  it("paths and links", () => {
    const tree: TreeNode[] = [
      { path: "/a".repeat(SIZE), kind: "file", text: "" },
      { path: "/etc/sysctl.d/a.conf", kind: "symlink", target: "../".repeat(SIZE) },
      { path: "/etc/sysctl.d/b.conf", kind: "symlink", target: "b.conf/".repeat(500) },
      { path: `/etc/sysctl.d/${"{a,b}".repeat(700)}.conf`, kind: "file", text: "" },
    ];
    expect(mergeBoot(tree, { knownKeys }).files.map((file) => file.status)).toEqual([
      "missing",
      "missing",
      "read",
    ]);
    expect(mergeProcpsSystem(tree, { knownKeys }).files.map((file) => file.status)).toEqual([
      "missing",
      "missing",
      "read",
    ]);
  });
});
