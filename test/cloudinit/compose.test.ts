import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { composeUserData, USER_DATA_LIMIT, type TuningPart } from "../../cloudinit";
import { MIME_TYPES } from "../../cloudinit/form";
import { generateHostKey } from "../../components/host-key";
import { tuningParts } from "../../cloudinit/part";
import { splitByPython, type PythonPart } from "./support/python";

const PART: TuningPart = { settings: [{ key: "net.core.somaxconn", value: "4096" }], relisten: [] };
const OURS = tuningParts(PART) as PythonPart[];

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
  [
    "a JSON patch",
    "text/cloud-config-jsonp",
    '#cloud-config-jsonp\n[{ "op": "add", "path": "/runcmd", "value": ["ls"] }]\n',
  ],
  ["a cloud-config behind empty lines, in capitals", "text/cloud-config", "\n \n#Cloud-Config\na: b\n"],
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
  it.each([undefined, "", "  \n", "#cloud-config\n", "#cloud-config\n# nothing yet\n"])(
    "is our parts alone where there is nothing else: %j",
    (own) => {
      const composed = composeUserData(own, PART);
      expect(composed).toBe(composeUserData(undefined, PART));
      expect(splitByPython([composed])).toEqual([OURS]);
    },
  );

  it("has a type for each form", () => {
    expect(new Set(FORMS.map(([, type]) => type))).toEqual(new Set(Object.values(MIME_TYPES)));
  });

  it("adds ours behind each form, byte by byte", () => {
    const documents = FORMS.map(([, , own]) => composeUserData(own, PART));
    expect(splitByPython(documents)).toEqual(
      FORMS.map(([, contentType, content]) => [{ contentType, fileName: null, content }, ...OURS]),
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
      `${head}\n${part}\n--x--\n`.replaceAll("\n", "\r\n"),
      // Folded headers, text before the first part and behind the last, a unix line.
      `From nobody Sat Jan  1\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary="x"\n\nbefore\n${part}\n--x--  \nbehind\n`,
      // A longer boundary within, and one document within the other.
      `${head}\n--x\nContent-Type: multipart/mixed; boundary=xy\n\n${part.replace("--x", "--xy")}\n--xy--\n--x--\n`,
    ];
    const composed = splitByPython(ownDocuments.map((own) => composeUserData(own, PART)));
    expect(composed).toEqual(ownDocuments.map(() => [script, ...OURS]));
  });

  it("adds to a multipart document of the user's on its outermost level, and leaves every other byte of it", () => {
    const before = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="BOUNDARY"\n\n';
    const parts = "--BOUNDARY\nContent-Type: application/node.eks.aws\n\nkind: NodeConfig\n";
    const composed = composeUserData(`${before}${parts}--BOUNDARY--\nbehind`, PART);
    expect(composed.startsWith(`${before}${parts}--BOUNDARY\nContent-Type: text/cloud-config;`)).toBe(true);
    expect(composed.endsWith("\n--BOUNDARY--\nbehind")).toBe(true);
    expect(composed.match(/^Content-Type: /gm)).toHaveLength(4);
  });

  const SECOND: TuningPart = {
    settings: [
      { key: "net.core.somaxconn", value: "9" },
      { key: "net.ipv4.tcp_max_syn_backlog", value: "9" },
    ],
    relisten: [{ unit: "nginx.service", how: "restart" }],
    hostKey: generateHostKey(),
    fileName: "99-zzz-own.conf",
  };
  const MULTIPART = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n";
  const OWN: readonly (readonly [string, string | undefined])[] = [
    ["nothing", undefined],
    ["a cloud-config without content", "#cloud-config\n"],
    ...FORMS.map(([name, , own]) => [name, own] as const),
    ["a script that ends with a carriage return", "#!/bin/sh\nls\r"],
    ["a script of ours as its own", `#!/bin/sh\n${OURS[1]?.content ?? ""}`],
    [
      "a MIME document of one part",
      'MIME-Version: 1.0\nContent-Type: text/x-shellscript; name="zzz"\n\n#!/bin/sh\n',
    ],
    ["a multipart document", `${MULTIPART}--x\n\n#!/bin/sh\n--x--\nbehind\n`],
    ["one with the line ends of Windows", `${MULTIPART}--x\n\n#!/bin/sh\n--x--\n`.replaceAll("\n", "\r\n")],
    ["one that is nested", `${MULTIPART}--x\n${MULTIPART.replace("=x", "=y")}--y\n\n#!/bin/sh\n--y--\n--x--`],
    ["one that is cut short", `${MULTIPART}--x\n\n#!/bin/sh`],
    ["one without a part of its own", `${MULTIPART}--x\nContent-Type: text/plain\n\n\n--x--\n`],
  ];

  it.each(OWN)("gives the same when it is composed again, also by another declaration: %s", (_, own) => {
    for (const first of [PART, SECOND]) {
      const once = composeUserData(own, SECOND);
      const before = composeUserData(own, first);
      for (const encoding of ["plain", "base64", "gzip-base64"] as const) {
        const again = composeUserData(composeUserData(own, first, { encoding }), SECOND);
        // What is cut short gets its end by composing, and then keeps it.
        expect(again).toBe(own?.endsWith("#!/bin/sh") === true ? composeUserData(before, SECOND) : once);
      }
      expect(splitByPython([composeUserData(before, SECOND)])).toEqual(splitByPython([once]));
    }
  });

  it("replaces what an earlier version of the package composed, and an earlier declaration in a tool's own document", () => {
    const own = "#!/bin/sh\nls\n";
    const named = composeUserData(own, PART).replace(
      "Content-Transfer-Encoding: 7bit\n\n#!/bin/sh\nls",
      'Content-Transfer-Encoding: 7bit\nContent-Disposition: attachment; filename="user-data"\n\n#!/bin/sh\nls',
    );
    expect(named).toContain('"user-data"');
    expect(composeUserData(named, SECOND)).toBe(composeUserData(own, SECOND));
    // Somebody put a part of theirs behind ours.
    const more = composeUserData(own, PART).replace(
      /(--listen-backlog-\w+)--\n$/,
      "$1\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ndate\n$1--\n",
    );
    expect(splitByPython([composeUserData(more, SECOND)])[0]?.map(({ content }) => content)).toEqual([
      own,
      "#!/bin/sh\ndate",
      ...(tuningParts(SECOND) as PythonPart[]).map(({ content }) => content),
    ]);
  });

  it("does not take a host key away that an earlier declaration gave the server", () => {
    const { hostKey, ...others } = SECOND;
    expect(hostKey).toBeDefined();
    expect(() => composeUserData(composeUserData("#!/bin/sh\n", SECOND), others)).toThrow(
      /^user data: given user data with the host key of an earlier declaration, and no hostKey; .*; instead: compose your own user data, or give hostKey$/,
    );
  });

  it("takes for its own only what it made", () => {
    const [config, script] = OURS.map(({ content }) => content);
    const parts = [
      `Content-Type: text/cloud-config\n\n${config?.replace('"write_files"', '"hostname": "own",\n  "write_files"') ?? ""}`,
      `Content-Type: text/x-shellscript; name="own.sh"\n\n${script ?? ""}`,
      `Content-Type: text/plain; name="zz-listen-backlog.sh"\n\nnot ours\n${script ?? ""}`,
    ];
    const own = `${MULTIPART}${parts.map((part) => `--x\n${part}\n`).join("")}--x--\n`;
    expect(splitByPython([composeUserData(own, PART)])[0]).toHaveLength(5);
  });

  it.each([
    ["MIME", 'MIME-Version: 1.0\nContent-Type: text/x-shellscript; name="zzz.sh"\n\n#!/bin/sh\n'],
    [
      "a template",
      'MIME-Version: 1.0\nContent-Type: text/jinja2; name="zz~z.sh"\n\n## template: jinja\n#!/bin/sh\n',
    ],
    [
      "plain text by its beginning",
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: attachment;\n filename*=utf-8''zz%7Az\n\n#!/bin/sh\n--x--\n",
    ],
    [
      "an archive",
      "#cloud-config-archive\n- {type: text/x-shellscript, filename: zzz.sh, content: '#!/bin/sh'}\n",
    ],
    [
      "an archive in MIME",
      "MIME-Version: 1.0\nContent-Type: text/cloud-config-archive\n\n#cloud-config-archive\n- {filename: zzz.sh, content: '#!/bin/sh'}\n",
    ],
    [
      "a script of our name",
      'MIME-Version: 1.0\nContent-Type: text/x-shellscript; name="zz-listen-backlog.sh"\n\n#!/bin/sh\n',
    ],
  ])("names our script behind a late one of the user's: %s", (_, own) => {
    const [parts] = splitByPython([composeUserData(own, PART)]);
    expect(parts?.slice(-1)).toMatchObject([
      { fileName: expect.stringMatching(/^z{3,5}-listen-backlog\.sh$/) as string },
    ]);
    expect(parts?.at(-1)?.content).toBe(OURS[1]?.content);
  });

  it("does not mind late names of what is no script", () => {
    const own =
      'MIME-Version: 1.0\nContent-Type: text/cloud-config; name="zzzz.cfg"\n\n#cloud-config\na: b\n';
    expect(splitByPython([composeUserData(own, PART)])[0]?.slice(1)).toEqual(OURS);
  });

  it("adds to a document that is cut short, with or without a line break at its end, and to one that is nested so", () => {
    const head =
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/x-shellscript\n\n";
    const inner = "--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\n#!/bin/sh\nls\n";
    for (const own of [
      `${head}#!/bin/sh`,
      `${head}#!/bin/sh\n`,
      `${head}#!/bin/sh\r\n\r\n`,
      `${head}#!/bin/sh\n--x\n--x--\n`,
      `${head}#!/bin/sh\n${inner}`,
    ]) {
      const [alone, composed] = splitByPython([own, composeUserData(own, PART)]);
      expect(composed).toEqual([...(alone ?? []), ...OURS]);
    }
  });

  it("opens base64 and gzip once, as EC2 and cloud-init do", () => {
    const own = "#!/bin/sh\necho é\n";
    const base64 = Buffer.from(own).toString("base64");
    const gzip = gzipSync(own).toString("base64");
    const wanted = composeUserData(own, PART);
    for (const wrapped of [base64, gzip, base64.replace(/.{8}/g, "$&\r\n")]) {
      expect(composeUserData(wrapped, PART)).toBe(wanted);
    }
  });

  it("comes out as text, as base64, or as gzip in base64", () => {
    const own = "#!/bin/sh\necho é\n";
    const plain = composeUserData(own, PART);
    expect(composeUserData(own, PART, { encoding: "plain" })).toBe(plain);
    const base64 = composeUserData(own, PART, { encoding: "base64" });
    expect(base64).toBe(Buffer.from(plain).toString("base64"));
    const packed = composeUserData(own, PART, { encoding: "gzip-base64" });
    expect(packed).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(gunzipSync(Buffer.from(packed, "base64")).toString()).toBe(plain);
    // No time and no system in the header: nothing that another machine would do otherwise.
    expect(Buffer.from(packed, "base64").subarray(3, 10).toString("hex")).toBe("000000000002ff");
    // What was composed is user data like any other.
    for (const again of [plain, base64, packed]) {
      expect(composeUserData(again, PART)).toBe(composeUserData(plain, PART));
    }
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
        "\f",
        "a\u2028b",
      ),
      fc.string(),
    );
    const text = fc
      .tuple(
        fc.constantFrom("#cloud-boothook", "#!/bin/sh", "#include", "#part-handler"),
        fc.array(line),
        fc.constantFrom("", "\n", "\n\n", "\r\n"),
      )
      .map(([first, lines, end]) => [first, ...lines].join("\n") + end);
    const texts = fc.sample(text, 300).map((own) => own.replaceAll("\0", ""));
    const documents = texts.map((own) => composeUserData(own, PART));
    expect(splitByPython(documents).map((parts) => parts.map(({ content }) => content))).toEqual(
      texts.map((own) => [own, ...OURS.map(({ content }) => content)]),
    );
    // The boundary is in no part: it divides as often as there are parts.
    for (const document of documents) {
      const boundary = /boundary="([^"]+)"/.exec(document)?.[1] ?? "";
      expect(document.split(boundary)).toHaveLength(6);
    }
    expect(texts.map((own) => composeUserData(own, PART))).toEqual(documents);
    // Composed again, it is what it was.
    expect(documents.map((document) => composeUserData(document, PART))).toEqual(documents);
  });

  it("loses nothing of any MIME document, whatever its parts and line ends are", () => {
    const content = fc
      .array(fc.constantFrom("", "--", "--x", " --b", "--b-", "text", "Content-Type: a/b", "#!/bin/sh"), {
        maxLength: 6,
      })
      .map((lines) => ["#!/bin/sh", ...lines].join("\n"));
    const document = fc
      .record({
        contents: fc.array(content, { minLength: 1, maxLength: 4 }),
        lineEnd: fc.constantFrom("\n", "\r\n"),
        close: fc.constantFrom("--b--", "--b--\n", "--b--\nbehind\n", "--b-- "),
        before: fc.constantFrom("", "before\n"),
        nested: fc.boolean(),
      })
      .map(({ contents, lineEnd, close, before, nested }) => {
        const parts = contents.map((text) => `--b\nContent-Type: text/x-shellscript\n\n${text}\n`).join("");
        const flat = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${before}${parts}${close}`;
        const own = nested
          ? `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n${flat}\n--outer--\n`
          : flat;
        return own.replaceAll("\n", lineEnd);
      });
    const own = fc.sample(document, 300);
    const alone = splitByPython(own);
    expect(splitByPython(own.map((text) => composeUserData(text, PART)))).toEqual(
      alone.map((parts) => [...parts, ...OURS]),
    );
  });

  it("gives the same bytes for the same input, and a boundary that the content does not have", () => {
    for (const [, , own] of FORMS) {
      const composed = composeUserData(own, PART);
      expect(composeUserData(own, PART)).toBe(composed);
      const boundary =
        /^Content-Type: multipart\/mixed; boundary="(listen-backlog-[0-9a-f]{32})"\n/.exec(composed)?.[1] ??
        "";
      // In the header, before each of three parts, and at the end.
      expect(composed.split(boundary)).toHaveLength(6);
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
      /^user data: given 16385 bytes with our part added, 1 too many; allowed: 16384 bytes before base64; instead: move files out .*; or choose gzip, which makes it \d+ bytes/,
    );
    const packed = composeUserData(padded(USER_DATA_LIMIT), PART, { encoding: "gzip-base64" });
    expect(packed.length).toBeLessThan(2500);
    expect(() => composeUserData(`#!/bin/sh\n${"é".repeat(8000)}`, PART)).toThrow(
      /given \d{5} bytes with our part added/,
    );
  });

  it("does not advise gzip where it does not help", () => {
    const noise = Buffer.from(fc.sample(fc.uint8Array({ minLength: 30_000, maxLength: 30_000 }), 1)[0] ?? []);
    const own = `#!/bin/sh\n${noise.toString("base64")}\n`;
    for (const encoding of ["plain", "base64", "gzip-base64"] as const) {
      expect(() => composeUserData(own, PART, { encoding })).toThrow(
        /too many; allowed: 16384 bytes before base64; instead: move files out of [^;]*$/,
      );
    }
  });

  it("composes the user data of the lab's stack", () => {
    const file = parse(readFileSync(join(__dirname, "../../Pulumi.lab.yaml"), "utf8")) as {
      config: { "listen-backlog:servers": { userData: string }[] };
    };
    const own = file.config["listen-backlog:servers"].map(({ userData }) => userData);
    expect(own).toHaveLength(2);
    const parts = splitByPython(own.map((text) => composeUserData(text, PART)));
    expect(parts.map((of) => of.map(({ content }) => content))).toEqual(
      own.map((text) => [text, ...OURS.map(({ content }) => content)]),
    );
  });
});
