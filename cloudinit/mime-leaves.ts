import { gunzip, type Bytes } from "./decode";
import { fileNameOf, headerValue, mergeTypeOf } from "./mime-header";
import { parseMime, type MimeEntity, type MimeProblem } from "./mime-parse";
import { transferDecoded } from "./mime-transfer";

/** A leaf of a MIME document, decoded. */
export interface MimeLeaf {
  /** Lower-case type without parameters; `text/plain` where the part names none. */
  readonly type: string;
  /** The header of this lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly fileName?: string;
  /** What its headers say on how it is merged. */
  readonly mergeType?: string;
  readonly content: Buffer | { readonly problem: "part-encoding" | "damaged-gzip" };
  /** Whether it has characters beyond ASCII and no encoding for them: Python makes other bytes of them than those of UTF-8. */
  readonly garbled: boolean;
  /** Its number in the document, counted from 1, and those in the documents around it, outermost first; none for a document of one part. */
  readonly path: readonly number[];
}

/** Opens gzip; may throw of its own where too much comes out of it. */
export type Gunzip = (packed: Buffer) => Bytes;

export type { MimeProblem } from "./mime-parse";

/** What is no leaf, and why. */
export interface MimeTrouble {
  readonly problem: MimeProblem;
  readonly path: readonly number[];
}

/** Types whose content cloud-init decompresses. Source: cloudinit/user_data.py DECOMP_TYPES. */
const GZIP_TYPES = new Set(
  [
    "gzip",
    "gzip-compressed",
    "gzipped",
    "x-compress",
    "x-compressed",
    "x-gunzip",
    "x-gzip",
    "x-gzip-compressed",
  ].map((name) => `application/${name}`),
);

/** Whether cloud-init decompresses content of the type, and then goes by the beginning of what comes out. */
export function isGzipType(type: string): boolean {
  return GZIP_TYPES.has(type);
}

/**
 * The parts of a MIME document in the order in which Python's `Message.walk()`, and so cloud-init, comes to them: nested documents are
 * flattened. Total, and linear in the text for each level of nesting.
 */
export function readMime(text: string, open: Gunzip = gunzip): (MimeLeaf | MimeTrouble)[] {
  return leavesOf(parseMime(text), open, []);
}

function leavesOf(
  { headers, type, content }: MimeEntity,
  open: Gunzip,
  path: readonly number[],
): (MimeLeaf | MimeTrouble)[] {
  switch (content.kind) {
    case "problem":
      return [{ problem: content.problem, path }];
    case "parts":
      return content.parts.flatMap((part, index) => leavesOf(part, open, [...path, index + 1]));
    case "leaf": {
      const header = (name: string): string | undefined => headerValue(headers, name);
      const fileName = fileNameOf(headers);
      // Of a part that it decompresses cloud-init makes a new one, without these headers.
      const mergeType = isGzipType(type) ? undefined : mergeTypeOf(headers);
      const encoding = header("content-transfer-encoding");
      return [
        {
          type,
          header,
          ...(fileName === undefined || fileName === "" ? {} : { fileName }),
          ...(mergeType === undefined ? {} : { mergeType }),
          content: decoded(content.payload, encoding, type, open),
          garbled: encoding?.toLowerCase() !== "base64" && /[^\p{ASCII}]/u.test(content.payload),
          path,
        },
      ];
    }
  }
}

function decoded(
  payload: string,
  encoding: string | undefined,
  type: string,
  open: Gunzip,
): MimeLeaf["content"] {
  const bytes = transferDecoded(payload, encoding);
  if (bytes === undefined) {
    return { problem: "part-encoding" };
  }
  if (!isGzipType(type)) {
    return bytes;
  }
  const opened = open(bytes);
  return opened.ok ? opened.bytes : { problem: "damaged-gzip" };
}
