import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { composeUserData, USER_DATA_LIMIT, UserDataError, type TuningPart } from "../../cloudinit";
import { MIME_TYPES } from "../../cloudinit/form";
import { splitMultipart } from "../../cloudinit/mime-read";
import { renderTuningPart } from "../../cloudinit/part";
import { splitByPython } from "./support/python";

const PART: TuningPart = { settings: [{ key: "net.core.somaxconn", value: "4096" }], relisten: [] };
const OURS = {
  contentType: "text/cloud-config",
  fileName: "99-zz-listen-backlog.cfg",
  content: renderTuningPart(PART),
};

const FORMS: readonly (readonly [string, string, string])[] = [
  ["cloud-config", "text/cloud-config", "#cloud-config\nruncmd:\n  - [touch, /x]\n"],
  ["cloud-config without a line break at its end", "text/cloud-config", "#cloud-config\nruncmd: [ls]"],
  ["cloud-config with the line ends of Windows", "text/cloud-config", "#cloud-config\r\nruncmd: [ls]\r\n"],
  ["cloud-config beyond ASCII", "text/cloud-config", "#cloud-config\n# é \u{1f600}\nruncmd: [ls]\n\n\n"],
  [
    "an archive",
    "text/cloud-config-archive",
    "#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    a: b\n",
  ],
  ["a shell script", "text/x-shellscript", "#!/bin/bash -e\necho 'hi'\n"],
  [
    "a script with lines that look like MIME",
    "text/x-shellscript",
    "#!/bin/sh\ncat <<X\n--==BOUNDARY==\nContent-Type: text/plain\n\nX\n",
  ],
  ["a boothook", "text/cloud-boothook", "#cloud-boothook\n#!/bin/sh\ndate\n"],
  ["an include", "text/x-include-url", "#include\nhttps://example.com/a\n"],
  ["an include for once", "text/x-include-once-url", "#include-once\nhttps://example.com/a\n"],
  ["a part handler", "text/part-handler", "#part-handler\ndef list_types():\n    return []\n"],
  ["a template", "text/jinja2", "## template: jinja\n#cloud-config\nhostname: {{ ds.meta_data.x }}\n"],
];

describe("composeUserData", () => {
  it.each([undefined, "", "  \n"])("is our part alone where there is no other: %j", (own) => {
    expect(composeUserData(own, PART)).toBe(renderTuningPart(PART));
  });

  it("has a type for each form", () => {
    expect(new Set(FORMS.map(([, type]) => type))).toEqual(new Set(Object.values(MIME_TYPES)));
  });

  it("adds ours behind each form, byte by byte", () => {
    const documents = FORMS.map(([, , own]) => composeUserData(own, PART));
    expect(splitByPython(documents)).toEqual(
      FORMS.map(([, contentType, content]) => [{ contentType, fileName: "user-data", content }, OURS]),
    );
  });

  it("keeps a MIME document of the user's whole, with its own types", () => {
    const script = { contentType: "text/x-shellscript", fileName: null, content: "#!/bin/sh" };
    const head = "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n";
    const part = "--x\nContent-Type: text/x-shellscript\n\n#!/bin/sh";
    const ownDocuments = [
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n${part}\n--x--\n`,
      `${head}\n${part}\n--x--`,
      // Cut short, before the closing boundary.
      `${head}\n${part}`,
      "content-type: text/x-shellscript\nMIME-Version: 1.0\n\n#!/bin/sh",
    ];
    const ours = composeUserData("#!/bin/sh\necho é\n", { settings: [], relisten: [] });
    const [alone, ...composed] = splitByPython([
      ours,
      ...[ours, ...ownDocuments].map((own) => composeUserData(own, PART)),
    ]);
    expect(alone).toHaveLength(2);
    expect(composed).toEqual([[...(alone ?? []), OURS], ...ownDocuments.map(() => [script, OURS])]);
  });

  it("loses nothing of any text, for cloud-init and for our own reading of it", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "",
        "--",
        "--listen-backlog-0--",
        "Content-Type: text/plain",
        "é",
        "\r",
        "From x",
        "\0",
        "\f",
        "a\u2028b",
      ),
      fc.string(),
    );
    const text = fc
      .tuple(
        fc.constantFrom("#cloud-config", "#!/bin/sh"),
        fc.array(line),
        fc.constantFrom("", "\n", "\n\n", "\r\n"),
      )
      .map(([first, lines, end]) => [first, ...lines].join("\n") + end);
    const texts = fc.sample(text, 300);
    const documents = texts.map((own) => composeUserData(own, PART));
    expect(splitByPython(documents).map((parts) => parts.map(({ content }) => content))).toEqual(
      texts.map((own) => [own, OURS.content]),
    );
    const unknown: string[] = [];
    // Our reading is of lines: of a carriage return it keeps nothing that counts.
    const lines = (own: string) => own.replaceAll("\r", "");
    expect(documents.map((document) => splitMultipart(document, unknown).map(lines))).toEqual(
      texts.map((own) => [lines(own), OURS.content]),
    );
    expect(unknown).toEqual([]);
  });

  it("gives the same bytes for the same input, and a boundary that the content does not have", () => {
    for (const [, , own] of FORMS) {
      const composed = composeUserData(own, PART);
      expect(composeUserData(own, PART)).toBe(composed);
      const boundary =
        /^Content-Type: multipart\/mixed; boundary="(listen-backlog-[0-9a-f]{32})"\n/.exec(composed)?.[1] ??
        "";
      // In the header, before each of two parts, and at the end.
      expect(composed.split(boundary)).toHaveLength(5);
    }
  });

  it("takes another boundary where the content has the first one", () => {
    const own = "#!/bin/sh\n: @@\n";
    const boundaryOf = (document: string) => /boundary="([^"]+)"/.exec(document)?.[1] ?? "";
    // The boundary of a document, written into that document, changes it: so a clash is found by composing twice.
    const first = boundaryOf(composeUserData(own, PART));
    const clash = own.replace("@@", first);
    expect(boundaryOf(composeUserData(clash, PART))).not.toBe(first);
    expect(splitByPython([composeUserData(clash, PART)])[0]?.[0]?.content).toBe(clash);
  });

  it("takes as many bytes as EC2 does, and not one more", () => {
    const padded = (bytes: number) => `#!/bin/sh\n${"x".repeat(bytes)}\n`;
    const overhead = Buffer.byteLength(composeUserData(padded(0), PART));
    expect(Buffer.byteLength(composeUserData(padded(USER_DATA_LIMIT - overhead), PART))).toBe(16384);
    expect(() => composeUserData(padded(USER_DATA_LIMIT - overhead + 1), PART)).toThrow(
      new UserDataError(
        "16385 bytes with our part added, 1 too many",
        "16384 bytes before base64",
        "move files out of the user data: into the image, or into a download that a runcmd fetches",
      ),
    );
    expect(() => composeUserData(`#!/bin/sh\n${"é".repeat(8000)}`, PART)).toThrow(
      /given \d{5} bytes with our part added/,
    );
  });

  const FIRST =
    "a first line that cloud-init knows: #cloud-config, #!, #cloud-config-archive, #cloud-boothook, #include, ## template: jinja, or MIME headers";
  const WRITE = "put #cloud-config or #!/bin/sh on the very first line, with nothing before it";
  it.each([
    ["plain text", "apt-get update", '"apt-get upda"', WRITE],
    ["a line break before the first line", "\n#cloud-config\nruncmd: []\n", '"\\n#cloud-conf"', WRITE],
    ["a space before the first line", " #!/bin/sh\n", '" #!/bin/sh\\n"', WRITE],
    ["a byte order mark", "\ufeff#cloud-config\n", '"\\ufeff#cloud-conf"', WRITE],
    ["JSON", '{"runcmd": []}', '"{\\"runcmd\\": ["', WRITE],
    [
      "base64",
      "I2Nsb3VkLWNvbmZpZwpydW5jbWQ6IFtsc10K",
      '"I2Nsb3VkLWNv"',
      "the text itself: this looks like base64, which is done for you",
    ],
    [
      "base64 in lines",
      "I2Nsb3Vk\nLWNvbmZpZw==\n",
      '"I2Nsb3Vk\\nLWN"',
      "the text itself: this looks like base64, which is done for you",
    ],
    ["gzip", "\u001f\ufffd\b\0", '"\\u001f\\ufffd\\b\\u0000"', "the text itself: this looks like gzip"],
    ["a secret in its first line", "password=hunter2-hunter2", '"password=hun"', WRITE],
  ])("refuses %s", (_, own, shown, fix) => {
    expect(() => composeUserData(own, PART)).toThrow(
      new UserDataError(`text that begins with ${shown}`, FIRST, fix),
    );
  });

  it("refuses hostile text in linear time", () => {
    expect(() => composeUserData(`a${" ".repeat(5_000_000)}!`, PART)).toThrow(UserDataError);
  });

  it("says what, in one line", () => {
    expect(new UserDataError("a", "b", "c").message).toBe("user data: given a; allowed: b; instead: c");
  });

  it("composes the user data of the lab's stack", () => {
    const file = parse(readFileSync(join(__dirname, "../../Pulumi.lab.yaml"), "utf8")) as {
      config: { "listen-backlog:servers": { userData: string }[] };
    };
    const own = file.config["listen-backlog:servers"].map(({ userData }) => userData);
    expect(own).toHaveLength(2);
    const parts = splitByPython(own.map((text) => composeUserData(text, PART)));
    expect(parts.map((of) => of.map(({ content }) => content))).toEqual(
      own.map((text) => [text, OURS.content]),
    );
  });
});
