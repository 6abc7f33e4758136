import { describe, expect, it } from "vitest";

import { goQuote } from "../../../../lab/providers/command/go-quote";
import { Lines, Output } from "../../../../lab/providers/command/output";
import { redactor } from "../../../../lab/providers/command/redact";
import { Secret } from "../../../../lab/providers/rpc/value";

describe("goQuote", () => {
  // Printed by Go's fmt.Printf("%q").
  it.each([
    ["", '""'],
    ["sh -s -- 4096", '"sh -s -- 4096"'],
    ['a"b\\c\n\t\r', '"a\\"b\\\\c\\n\\t\\r"'],
    ["\x00\x07\x1b\x7f", '"\\x00\\a\\x1b\\x7f"'],
    ["ä日\u00a0\u200b", '"ä日\\u00a0\\u200b"'],
    ["\u{1f600}\u{e0001}", '"\u{1f600}\\U000e0001"'],
  ])("quotes %j", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });
});

describe("the output of a command", () => {
  it("is kept in the order in which it came, and loses one newline at the end", () => {
    const output = new Output();
    output.add("stdout", Buffer.from("a\n"));
    output.add("stderr", Buffer.from("b\n"));
    output.add("stdout", Buffer.from("c\n\n"));
    expect(output.mixed()).toBe("a\nb\nc\n\n");
    expect(output.trimmed()).toEqual({ stdout: "a\nc\n", stderr: "b" });
  });

  it("is one text, also when a character comes in two pieces", () => {
    const [first, second] = [Buffer.from([0xc3]), Buffer.from([0xa4])];
    const output = new Output();
    const lines: string[] = [];
    const cut = new Lines((line) => lines.push(line));
    for (const chunk of [first, second]) {
      output.add("stdout", chunk);
      cut.add(chunk);
    }
    cut.end();
    expect(output.trimmed().stdout).toBe("ä");
    expect(lines).toEqual(["ä"]);
  });

  it("is logged line by line, of any length", () => {
    const lines: string[] = [];
    const cut = new Lines((line) => lines.push(line));
    const long = "x".repeat(200_000);
    [`one\r\ntw`, `o\n\n${long}`, "y\nrest"].forEach((chunk) => cut.add(Buffer.from(chunk)));
    cut.end();
    expect(lines).toEqual(["one", "two", "", `${long}y`, "rest"]);
  });
});

describe("the redactor", () => {
  const redact = redactor({
    create: new Secret('echo "top\nsecret command"'),
    stdin: "plain script text",
    environment: { TOKEN: new Secret("abc123"), MODE: "quiet" },
    connection: new Secret({
      host: "10.0.0.1",
      user: "root",
      password: "hunter2",
      privateKey: "-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----\n",
      proxy: { host: "10.0.0.2", password: "swordfish" },
    }),
  });

  it("takes out what is marked as secret and what a connection logs in with", () => {
    expect(redact("abc123 hunter2 swordfish")).toBe("[secret] [secret] [secret]");
    expect(redact("line AAAABBBBCCCC of a key")).toBe("line [secret] of a key");
    expect(redact('running "echo \\"top\\nsecret command\\""')).toBe('running "[secret]"');
  });

  it("leaves everything else readable", () => {
    const text = "dial tcp 10.0.0.1:22 as root: plain script text, quiet";
    expect(redact(text)).toBe(text);
  });
});
