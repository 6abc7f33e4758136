import { describe, expect, it } from "vitest";
import { parseSysctlFile, settingsOf, type Dialect, type SysctlEntry } from "../../../backlog/sysctld";
import { SYSTEMD_LINE_LIMIT } from "../../../backlog/sysctld/lines";

const DIALECTS: readonly Dialect[] = ["systemd", "procps"];

/** The telling parts of the entries, in one string each. */
function summary(text: string, dialect: Dialect): string[] {
  return parseSysctlFile(text, dialect).entries.map(
    (entry) =>
      `${entry.line} ${entry.ignoreErrors ? "-" : ""}${entry.key}${entry.glob ? " (glob)" : ""}` +
      (entry.value === undefined ? " excluded" : `=[${entry.value}]`),
  );
}

describe.each(DIALECTS)("parseSysctlFile as %s", (dialect) => {
  it("gives every part of an assignment", () => {
    expect(parseSysctlFile("\n -net/core/somaxconn\t=  4096 # big \n", dialect)).toEqual({
      entries: [
        {
          line: 2,
          key: "net.core.somaxconn",
          path: "net/core/somaxconn",
          raw: " -net/core/somaxconn\t=  4096 # big ",
          value: "4096 # big",
          ignoreErrors: true,
          glob: false,
          excluded: false,
        } satisfies SysctlEntry,
      ],
      diagnostics: [],
    });
  });

  it("skips comments and empty lines, and numbers lines as an editor does", () => {
    expect(summary("# a=1\r\n;b=1\r\n  # c.d=1\r\n\r\n\t\r\nnet.a=1\r\nnet.b=2", dialect)).toEqual([
      "6 net.a=[1]",
      "7 net.b=[2]",
    ]);
  });

  it("takes everything after the first = as the value", () => {
    expect(summary("net.a==\nnet.b = 1 = 2\nnet.c=\n", dialect)).toEqual([
      "1 net.a=[=]",
      "2 net.b=[1 = 2]",
      "3 net.c=[]",
    ]);
  });

  it("reads globs and exclusions", () => {
    expect(
      summary("net.ipv4.conf.*.tag = 1\n-net.ipv4.conf.lo.tag\n-net.a?.b\nnet.[ab]=1\nnet.{a,b}=1", dialect),
    ).toEqual([
      "1 net.ipv4.conf.*.tag (glob)=[1]",
      "2 net.ipv4.conf.lo.tag excluded",
      "3 net.a?.b (glob) excluded",
      "4 net.[ab] (glob)=[1]",
      "5 net.{a,b}=[1]",
    ]);
  });

  it("lets the first separator decide what a separator is", () => {
    expect(summary("net.ipv4.conf.eth0/1.tag=1\nnet/ipv4/conf/eth0.1/tag=1\n", dialect)).toEqual([
      "1 net.ipv4.conf.eth0/1.tag=[1]",
      "2 net.ipv4.conf.eth0/1.tag=[1]",
    ]);
  });

  it("reports bad lines and goes on", () => {
    expect(parseSysctlFile("what is this\n=3\n-\n. = 3\nnet.a=1\nnet.a=2", dialect)).toMatchObject({
      entries: [
        { key: "net.a", line: 5 },
        { key: "net.a", line: 6 },
      ],
      diagnostics: [
        { line: 1, reason: "not-an-assignment" },
        { line: 2, reason: "no-key" },
        { line: 3, reason: "no-key" },
        { line: 4, reason: "no-key" },
        { line: 6, reason: "duplicate" },
      ],
    });
  });

  it("loses the first line to a byte order mark, and says so", () => {
    const { entries, diagnostics } = parseSysctlFile("\uFEFFnet.a=1\nnet.b=2\n", dialect);
    expect(entries.map((entry) => entry.key)).toEqual(["\uFEFFnet.a", "net.b"]);
    expect(diagnostics).toEqual([{ line: 1, reason: "byte-order-mark" }]);
  });

  it("does not take Unicode spaces and separators for ASCII ones", () => {
    expect(summary("net.a\u00a0=1\nnet\u2024b=1\nnet.c\uFF1D1\nnet.d=1\u2028net.e=2", dialect)).toEqual([
      "1 net.a\u00a0=[1]",
      "2 net\u2024b=[1]",
      "4 net.d=[1\u2028net.e=2]",
    ]);
  });
});

describe("where the dialects differ", () => {
  it.each([
    ["a lone CR ends a line", "net.a=1\rnet.b=2", ["1 net.a=[1]", "1 net.b=[2]"], ["1 net.a=[1\rnet.b=2]"]],
    [
      "NUL ends a line or hides its rest",
      "net.a=1\0net.b=2\nnet.c=3",
      ["1 net.a=[1]", "1 net.b=[2]", "2 net.c=[3]"],
      ["1 net.a=[1]", "2 net.c=[3]"],
    ],
    ["vertical tab and form feed are white space", "\vnet.a\f=\v1", ["1 \vnet.a\f=[\v1]"], ["1 net.a=[1]"]],
    ["white space after -", "- net.a=1", ["1 -net.a=[1]"], ["1 - net.a=[1]"]],
    ["a second -", "--net.a=1", ["1 --net.a=[1]"], ["1 -net.a=[1]"]],
  ])("%s", (_name, text, systemd, procps) => {
    expect(summary(text, "systemd")).toEqual(systemd);
    expect(summary(text, "procps")).toEqual(procps);
  });

  it("only systemd simplifies the path; the key is the same", () => {
    const paths = DIALECTS.map((dialect) => parseSysctlFile("/net//a/./b/=1", dialect).entries[0]);
    expect(paths).toMatchObject([
      { key: "net.a.b", path: "net/a/b" },
      { key: "net.a.b", path: "/net//a/./b/" },
    ]);
  });

  it("only systemd gives up at a line of 1 MiB, counted in bytes", () => {
    const tooLong = `net.a=1\n#${"\u00e9".repeat(SYSTEMD_LINE_LIMIT / 2)}\nnet.b=2`;
    expect(parseSysctlFile(tooLong, "systemd")).toMatchObject({
      entries: [{ key: "net.a" }],
      diagnostics: [{ line: 2, reason: "line-too-long" }],
    });
    expect(summary(tooLong, "procps")).toEqual(["1 net.a=[1]", "3 net.b=[2]"]);
    const longest = `net.a=${"1".repeat(SYSTEMD_LINE_LIMIT - 7)}`;
    expect(parseSysctlFile(longest, "systemd").entries).toHaveLength(1);
    expect(parseSysctlFile(`${longest}1`, "systemd").entries).toHaveLength(0);
  });

  it("only procps loses the rest of a line to a NUL", () => {
    expect(parseSysctlFile("net.a=1\0x\n", "procps").diagnostics).toEqual([{ line: 1, reason: "nul-byte" }]);
    expect(parseSysctlFile("net.a=1\0", "systemd").diagnostics).toEqual([]);
  });
});

describe("settingsOf", () => {
  it("keeps the last explicit value of each key", () => {
    const parsed = parseSysctlFile("net.a=1\nnet/a=2\nnet.*=3\n-net.b\n__proto__=4", "systemd");
    expect(Object.entries(settingsOf(parsed))).toEqual([
      ["net.a", "2"],
      ["__proto__", "4"],
    ]);
  });
});
