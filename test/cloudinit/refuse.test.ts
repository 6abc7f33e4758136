import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeUserData, UserDataError, type TuningPart } from "../../cloudinit";
import { checkCloudConfig } from "../../cloudinit/cloud-config";
import { loadByPython } from "./support/python";

const PART: TuningPart = {
  settings: [{ key: "net.core.somaxconn", value: "4096" }],
  relisten: [],
  hostKey: { privateKey: "key", publicKey: "ssh-ed25519 AAAA" },
};
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const config = (yaml: string) => `#cloud-config\n${yaml}`;
const mime = (headers: string, body: string) => `MIME-Version: 1.0\n${headers}\n\n${body}`;
const parts = (...contents: string[]) =>
  mime(
    "Content-Type: multipart/mixed; boundary=x",
    `${contents.map((content) => `--x\n${content}\n`).join("")}--x--\n`,
  );

const BOMB = ["a: &a [x, x, x, x, x, x, x, x, x]", "b", "c", "d", "e", "f", "g", "h", "i"].map(
  (name, index) => {
    const before = "abcdefghi".charAt(index - 1);
    return index === 0 ? name : `${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]`;
  },
);

/** The given, and what to do, of every refusal. */
const REFUSED: readonly (readonly [string, string, RegExp, RegExp])[] = [
  ["plain text", "apt-get update", /^text that begins with "apt-get upda"$/, /^put #cloud-config or #!/],
  ["a script behind a space", " #!/bin/sh\n", /^text that begins with " #!/, /with nothing before it$/],
  ["a byte order mark", "\ufeff#cloud-config\n", /begins with "\\ufeff#cloud/, /without the byte order mark/],
  ["JSON", '{"runcmd": []}', /^text that begins with/, /^put #cloud-config/],
  ["a secret in its first line", "password=hunter2", /^text that begins with "password=hun"$/, /^put/],
  ["raw gzip", "\u001f\ufffd\b\u0001", /^text that begins with/, /^base64 of it: this looks like gzip/],
  ["a NUL byte", "#!/bin/sh\necho \0\n", /^a NUL byte at line 2, column 6$/, /encoding: b64/],
  [
    "binary",
    base64(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff])),
    /^bytes that are no UTF-8, from byte 5 on$/,
    /UTF-8/,
  ],
  [
    "base64 cut short",
    base64(`#!/bin/sh\n${"echo hello\n".repeat(9)}`).slice(0, -3),
    /^text that looks like base64 and stops being it at character \d+ of \d+$/,
    /^the text itself/,
  ],
  [
    "base64 with a space in it",
    base64("#!/bin/sh\n".repeat(9)).replace(/^.{50}/, "$& "),
    /at character 51 of 121$/,
    /^the text itself/,
  ],
  ["base64 of base64", base64(base64("#!/bin/sh\nls\n")), /^base64 of base64$/, /^the text itself/],
  [
    "truncated gzip",
    base64(gzipSync("#!/bin/sh\nls\n").subarray(0, -6)),
    /^gzip that ends too early$/,
    /^pack it again$/,
  ],
  [
    "damaged gzip",
    base64(gzipSync("#!/bin/sh\nls\n").map((byte, index) => (index === 12 ? byte ^ 0xff : byte))),
    /^gzip that is damaged$/,
    /^pack it again$/,
  ],
  [
    "a gzip bomb",
    base64(gzipSync(Buffer.alloc(50_000_000, 35))),
    /^more than 262144 bytes \(\d+ characters as given\)$/,
    /^move/,
  ],
  [
    "10 MB",
    `#!/bin/sh\n${"x".repeat(10_000_000)}`,
    /^more than 262144 bytes \(10000010 characters/,
    /^move files out/,
  ],
  [
    "invalid YAML",
    config("a: b\nruncmd: [ls\nb: c\n"),
    /^a cloud-config that is not valid YAML at line \d, column \d+ \([A-Z_]+\)$/,
    /cloud-init schema/,
  ],
  [
    "a tab for indentation",
    config("runcmd:\n\t- ls\n"),
    /^a tab at line 3, column 1 of a cloud-config$/,
    /by spaces/,
  ],
  ["a tab between words", config("a:\tb\n"), /^a tab at line 2, column 3 of/, /by spaces/],
  ["two documents", config("a: b\n---\nc: d\n"), /two documents, the second at line 3, column 1$/, /MIME/],
  [
    "a YAML bomb",
    config(BOMB.join("\n")),
    /^a cloud-config with aliases .* multiply beyond all measure$/,
    /^write out/,
  ],
  [
    "an alias of nothing",
    config("a: *b\n"),
    /^a cloud-config with aliases that name no anchor/,
    /^write out/,
  ],
  ["a tag", config("a: !vault secret\n"), /^a tag at line 2, column 4 of a cloud-config$/, /^remove the tag/],
  ["a control character", config("a: b\u0007\n"), /^the character U\+0007 at line 2, column 5 of/, /b64/],
  [
    "a list in a list in a list",
    config(`a: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`),
    /nested too deep at line 2, column \d+$/,
    /^flatten/,
  ],
  ["a list", config("- ls\n"), /^a cloud-config that is a list$/, /^write keys/],
  ["a word", config("runcmd\n"), /^a cloud-config that is a plain value$/, /^write keys/],
  [
    "an empty write_files",
    config("write_files:\n"),
    /^a cloud-config with write_files that is empty$/,
    /or remove it$/,
  ],
  [
    "a bootcmd of one command",
    config("bootcmd: ls\n"),
    /^a cloud-config with bootcmd that is no list$/,
    /as a list/,
  ],
  [
    "its own key of our type",
    config("ssh_keys: {ed25519_private: x}\n"),
    /ssh_keys that has ed25519_private$/,
    /^remove ed25519_private from/,
  ],
  [
    "keys that are none",
    config("ssh_keys: [x]\n"),
    /^a cloud-config with ssh_keys that is no map$/,
    /^remove/,
  ],
  [
    "MIME without its version",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n#!/bin/sh\n--x--\n",
    /^MIME headers without MIME-Version$/,
    /first line$/,
  ],
  [
    "MIME without a boundary",
    mime("Content-Type: multipart/mixed", "--x\n\n#!/bin/sh\n--x--\n"),
    /without a boundary$/,
    /^name the boundary/,
  ],
  [
    "MIME with another boundary",
    mime("Content-Type: multipart/mixed; boundary=y", "--x\n\n#!/bin/sh\n--x--\n"),
    /without parts/,
    /letter by letter$/,
  ],
  [
    "a part that is not valid YAML",
    parts(
      "Content-Type: text/x-shellscript\n\n#!/bin/sh",
      `Content-Type: text/cloud-config\n\n${config("a: [")}`,
    ),
    /^the cloud-config of part 2 that is not valid YAML/,
    /schema/,
  ],
  [
    "a part in base64",
    parts(`Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${base64(config("bootcmd:\n"))}`),
    /^the cloud-config of part 1 with bootcmd that is empty$/,
    /or remove it$/,
  ],
  [
    "a part within a part",
    parts(
      `Content-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: text/cloud-config\n\na: b: c\n--y--`,
    ),
    /^the cloud-config of part 1 part 1 that is not valid YAML/,
    /schema/,
  ],
  [
    "an archive that is none",
    "#cloud-config-archive\ntype: text/cloud-config\n",
    /archive that is no list$/,
    /begin each part/,
  ],
  [
    "an entry of an archive",
    "#cloud-config-archive\n- '#!/bin/sh'\n- type: text/cloud-config\n  content: |\n    write_files:\n",
    /^the cloud-config of entry 2 with write_files that is empty$/,
    /or remove it$/,
  ],
];

function refusal(userData: string, part = PART): string {
  try {
    composeUserData(userData, part);
  } catch (error) {
    expect(error).toBeInstanceOf(UserDataError);
    return (error as UserDataError).message;
  }
  throw new Error("it was composed");
}

describe("composeUserData refuses", () => {
  it.each(REFUSED)("%s: what was given and where, what is allowed, what to do", (_, userData, given, fix) => {
    const [, was, allowed, instead] =
      /^user data: given (.*?); allowed: (.+?); instead: (.+)$/s.exec(refusal(userData)) ?? [];
    expect(was).toMatch(given);
    expect(allowed).not.toBe("");
    expect(instead).toMatch(fix);
  });

  it.each([
    "",
    "x.cfg",
    "../x.conf",
    "a/b.conf",
    ".x.conf",
    "-x.conf",
    "x y.conf",
    "99-sysctl.conf",
    `${"x".repeat(101)}.conf`,
    "x.conf\n",
  ])("the file name %j", (fileName) => {
    expect(refusal("", { ...PART, fileName })).toMatch(/^user data: given the file name "/);
  });

  it("nothing for what our own part leaves out", () => {
    const { settings, relisten } = PART;
    for (const [own, part] of [
      ["bootcmd: ls\n", { settings, relisten, early: false }],
      ["ssh_keys: {ed25519_private: x}\n", { settings, relisten }],
    ] as const) {
      expect(composeUserData(config(own), part)).toContain(own);
    }
  });

  it("hostile text in linear time, and always in the same way", () => {
    for (const hostile of [
      `a${" ".repeat(200_000)}!`,
      "=".repeat(200_000),
      `Content-Type: multipart/mixed; boundary=${"-".repeat(200_000)}`,
      `MIME-Version: 1\n${" \n".repeat(100_000)}`,
      config("[".repeat(200_000)),
      config("a: &a\n".repeat(30_000)),
      `#!/bin/sh\n${"\t".repeat(200_000)}\0`,
    ]) {
      refusal(hostile);
    }
  });

  it("with nothing but a UserDataError, whatever comes in", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .tuple(
          fc.constantFrom(...REFUSED.map(([, own]) => own.slice(0, 400))),
          fc.nat(400),
          fc.string({ unit: "binary" }),
        )
        .map(([own, at, more]) => own.slice(0, at) + more + own.slice(at)),
    );
    fc.assert(
      fc.property(text, (own) => {
        try {
          composeUserData(own, PART);
        } catch (error) {
          expect(error).toBeInstanceOf(UserDataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a cloud-config is refused", () => {
  const YAML = fc
    .array(
      fc.constantFrom(
        "a: b\n",
        "- c\n",
        "\t",
        " ",
        "  ",
        "\n",
        "'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        ": ",
        "- ",
        "#",
        "|",
        ">",
        "x",
        "&a ",
        "*a",
        "!!str ",
        "---\n",
        "...\n",
        "é",
        "%",
        "@",
      ),
      { maxLength: 14 },
    )
    .map((tokens) => tokens.join(""));

  // The package `yaml` does not take these, and Python does. Nobody writes them: a block scalar whose header begins a line, a
  // comment right behind an opening bracket, an end of the document twice, a tab in quotes at the beginning of a line.
  const UNUSUAL = /^[|>]|[[{]#|\.\.\.\n\.\.\.|["'][^]*\n\t/m;

  it("never where Python's YAML, which cloud-init reads with, takes it", () => {
    const texts = fc.sample(YAML, 5000).filter((text) => !UNUSUAL.test(text));
    const loaded = loadByPython(texts);
    const wrongly = texts.filter((text, index) => {
      try {
        checkCloudConfig(text, { lists: [], hostKeys: [] });
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(UserDataError);
        return loaded[index] === "map";
      }
    });
    expect(wrongly).toEqual([]);
    expect(loaded.filter((kind) => kind === "map").length).toBeGreaterThan(50);
  });
});
