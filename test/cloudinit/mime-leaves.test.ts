import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMime } from "../../cloudinit/mime-leaves";
import { splitByPython } from "./support/python";

/** The leaves as Python's test driver prints them; a multipart that has none counts as one there, whose content nobody reads. */
const ours = (document: string) =>
  readMime(document).map((leaf) =>
    "problem" in leaf
      ? { problem: true }
      : {
          contentType: leaf.type,
          fileName: leaf.fileName ?? null,
          content: "problem" in leaf.content ? leaf.content.problem : leaf.content.toString("utf8"),
        },
  );
const pythons = (documents: readonly string[]) =>
  splitByPython(documents).map((parts) =>
    parts.map(({ contentType, fileName, content }) =>
      contentType.startsWith("multipart/")
        ? { problem: true }
        : { contentType, fileName: fileName === "" ? null : fileName, content },
    ),
  );

const TYPE_INNER = "Content-Type: multipart/mixed; boundary=inner";
const TYPE = fc.constantFrom(
  "Content-Type: text/x-shellscript",
  "content-type:text/cloud-config; charset=utf-8",
  "Content-Type: text",
  "Content-Type: a/b/c",
  "Content-Type: multipart/mixed",
  TYPE_INNER,
  'Content-Type: multipart/mixed;~ boundary="inner"',
  'Content-Type: multipart/alternative; charset="a;b"; BOUNDARY = "inner "; x=y',
  "Content-Type: multipart/digest; boundary=inner",
  'Content-Type: multipart/mixed; boundary="outer"',
  "Content-Type: multipart/mixed;~\tboundary=in;boundary=inner",
  "Content-Type: message/rfc822",
);
const HEADER = fc.oneof(
  TYPE,
  fc.constantFrom(
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding:  BASE64",
    "Content-Transfer-Encoding: base64 ",
    "Content-Transfer-Encoding: quoted-printable",
    "CONTENT-TRANSFER-ENCODING: Quoted-Printable",
    "Content-Transfer-Encoding: 8bit",
    'Content-Disposition: attachment; filename="a b.sh"',
    'Content-Disposition: attachment; filename="a\\"b\\\\c.sh"; x="y;z"',
    "Content-Disposition: attachment; filename*=UTF-8''zz%20%C3%A9.sh",
    'Content-Disposition: attachment; filename*0="one-"; filename*1="two"',
    "Content-Disposition: attachment; filename*1*=two; filename*0*=us-ascii''%7Aone",
    "Content-Disposition: attachment; filename=",
    'Content-Type: text/plain; name="named"',
    "X-Merge-Type: list(append)~ +dict()",
    "From someone Sat Jan  1",
    ": no name",
    "no header",
    " folded",
    "\tfolded: too",
  ),
);
const LINE = fc.oneof(
  fc.constantFrom("--outer", "--outer ", "--inner", "--inner--", TYPE_INNER),
  fc.constantFrom(
    "--outer",
    "--outer--",
    "--outer ",
    "--outer-- \t",
    "--outerx",
    "--outer--x",
    "--inner",
    "--inner--",
    "-- ",
    "--",
    "",
    " ",
    "text",
    "From x",
    "#!/bin/sh",
    "aGVsbG8=",
    "aGVsbG8",
    "aGVs bG8!",
    "aGVsbA==bG8=",
    "a",
    "=",
    "====",
    "a=3D=C3=A9=",
    "a==41=4",
    "soft =  ",
    "a\u00e9\u20ac\u{1f600}",
    "a\fb\u2028c\u0085d",
  ),
  fc.stringMatching(/^[A-Za-z0-9+/=]{0,12}$/),
  HEADER,
);
const DOCUMENT = fc
  .record({
    headers: fc.array(HEADER, { maxLength: 3 }),
    boundary: fc.constantFrom('"outer"', "outer", '"outer"; charset=utf-8', " outer "),
    lines: fc.array(LINE, { minLength: 12, maxLength: 30 }),
    end: fc.constantFrom("\n", "\r\n", "\r", "\n\n"),
    last: fc.boolean(),
  })
  .map(({ headers, boundary, lines, end, last }) => {
    const all = [
      "MIME-Version: 1.0",
      `Content-Type: multipart/mixed; boundary=${boundary}`,
      ...headers,
      "",
      ...lines,
    ];
    return (all.join(end) + (last ? end : "")).replaceAll("~", end);
  });

/** Documents that are mostly as they should be, so that much of them is parts. */
const ORDERLY = fc
  .record({
    parts: fc.array(
      fc.record({
        headers: fc.array(HEADER, { maxLength: 3 }),
        lines: fc.array(LINE, { maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    end: fc.constantFrom("\n", "\r\n"),
    close: fc.constantFrom("", "--outer--", "--outer--\nbehind\n", "--outer\n--outer--\n"),
  })
  .map(({ parts, end, close }) =>
    [
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\nbefore",
      ...parts.map(({ headers, lines }) => ["--outer", ...headers, "", ...lines].join("\n")),
      close,
    ]
      .join("\n")
      .replaceAll("\n", end)
      .replaceAll("~", end),
  );

describe("a MIME document is taken apart as Python's email package does it", () => {
  it.each([
    ["of any lines", DOCUMENT, 4000],
    ["of parts", ORDERLY, 4000],
  ] as const)("%s", (_, documents, numRuns) => {
    const texts = fc.sample(documents, numRuns);
    const wanted = pythons(texts);
    const different = texts.filter(
      (text, index) => JSON.stringify(ours(text)) !== JSON.stringify(wanted[index]),
    );
    const [shown] = different;
    expect({ shown, parts: shown && ours(shown) }).toEqual({ shown, parts: shown && pythons([shown])[0] });
    expect(different).toEqual([]);
    // They are not all trivial.
    expect(wanted.filter((parts) => parts.length > 2).length).toBeGreaterThan(numRuns / 20);
  });

  it("in base64 with anything in it", () => {
    const texts = fc.sample(
      fc.oneof(fc.stringMatching(/^[AZaz09+/=]{0,14}$/), fc.stringMatching(/^[Az+=!\r\n é]{0,14}$/)),
      4000,
    );
    const documents = texts.map(
      (text) => `MIME-Version: 1.0\nContent-Type: text/x\nContent-Transfer-Encoding: base64\n\n${text}`,
    );
    expect(documents.map(ours)).toEqual(pythons(documents));
  });

  it("in quoted-printable with anything in it", () => {
    const texts = fc.sample(fc.stringMatching(/^[=4aF\r\n \té]{0,14}$/), 4000);
    const documents = texts.map(
      (text) =>
        `MIME-Version: 1.0\nContent-Type: text/x\nContent-Transfer-Encoding: quoted-printable\n\n${text}`,
    );
    expect(documents.map(ours)).toEqual(pythons(documents));
  });

  it("however deep it is nested, up to a limit", () => {
    const nested = (depth: number): string =>
      depth === 0
        ? "Content-Type: text/x\n\ninnermost\n"
        : `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n${nested(depth - 1)}--b${depth}--\n`;
    expect(ours(nested(20))).toEqual(pythons([nested(20)])[0]);
    expect(readMime(nested(21))).toMatchObject([{ problem: "nested-too-deep" }]);
  });

  it("in linear time", () => {
    for (const hostile of [
      `Content-Type: multipart/mixed; boundary=b\n\n${"--b\n".repeat(60_000)}`,
      `Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\n".repeat(50_000)}`,
      `Content-Type: multipart/mixed; boundary=b\n\n${"--b\nContent-Type: multipart/mixed; boundary=b\n\n".repeat(5000)}`,
      `Content-Type: multipart/mixed; boundary="${";".repeat(200_000)}`,
      "a:\n".repeat(80_000),
      `a:${"\n ".repeat(120_000)}`,
      "\r".repeat(250_000),
    ]) {
      expect(readMime(hostile).length).toBeGreaterThan(0);
    }
  });
});
