import type { Bytes } from "./decode";

/** A leaf of a MIME document, decoded. */
export interface MimeLeaf {
  /** Lower-case type without parameters; `text/plain` where the part names none. */
  readonly type: string;
  /** The header of this lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly fileName?: string;
  readonly content: Buffer | { readonly problem: "part-encoding" | "damaged-gzip" };
}

export type MimeProblem = "no-boundary" | "no-parts" | "nested-too-deep";

/** How deep documents in documents are followed. */
export const DEPTH_LIMIT = 5;
/** Source: cloudinit/user_data.py DECOMP_TYPES. */
const GZIP_TYPE = /^application\/(?:x-)?(?:gzip|gunzip|compress)(?:ped|ed|-compressed)?$/;

/** Opens gzip; throws of its own where too much comes out of it. */
export type Gunzip = (packed: Buffer) => Bytes;

/**
 * The parts of a MIME document in the order in which Python's `Message.walk()`, and so cloud-init, comes to them: nested documents are
 * flattened. Total, and linear in the text for each level of nesting.
 */
export function readMime(text: string, open: Gunzip): (MimeLeaf | { readonly problem: MimeProblem })[] {
  return walk(text, open, 0);
}

function walk(text: string, open: Gunzip, depth: number): (MimeLeaf | { readonly problem: MimeProblem })[] {
  const { headers, body } = splitHeaders(text);
  const header = (name: string): string | undefined => headers.get(name);
  const type = (
    /^\s*([^\s;]+\/[^\s;]+)/.exec(header("content-type") ?? "")?.[1] ?? "text/plain"
  ).toLowerCase();
  if (!type.startsWith("multipart/")) {
    const fileName =
      parameter(header("content-disposition"), "filename") ?? parameter(header("content-type"), "name");
    return [
      {
        type,
        header,
        content: decode(body, type, header, open),
        ...(fileName === undefined ? {} : { fileName }),
      },
    ];
  }
  if (depth >= DEPTH_LIMIT) {
    return [{ problem: "nested-too-deep" }];
  }
  const boundary = parameter(header("content-type"), "boundary");
  if (boundary === undefined || boundary === "") {
    return [{ problem: "no-boundary" }];
  }
  const parts = splitBody(body, boundary);
  return parts.length === 0
    ? [{ problem: "no-parts" }]
    : parts.flatMap((part) => walk(part, open, depth + 1));
}

function splitBody(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let current: string[] | undefined;
  for (const line of body.split(/\r?\n/)) {
    const mark = line.startsWith(`--${boundary}`) ? line.slice(boundary.length + 2).trimEnd() : undefined;
    if (mark === "" || mark === "--") {
      if (current) {
        parts.push(current.join("\n"));
      }
      current = [];
      if (mark === "--") {
        current = undefined;
        break;
      }
    } else {
      current?.push(line);
    }
  }
  // Cut short, before the closing boundary: the part counts all the same.
  return current ? [...parts, current.join("\n")] : parts;
}

/** Headers by lower-case name, the first of each; what is no header begins the body, as in Python's parser. */
function splitHeaders(text: string): {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
} {
  const headers = new Map<string, string>();
  let name: string | undefined;
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(at, end < 0 ? text.length : end).replace(/\r$/, "");
    if (line === "") {
      return { headers, body: text.slice(next) };
    }
    if (/^[ \t]/.test(line)) {
      if (name !== undefined) {
        headers.set(name, `${headers.get(name) ?? ""} ${line.trim()}`);
      }
    } else {
      const colon = line.indexOf(":");
      if (colon <= 0 || !/^[\x21-\x39\x3b-\x7e]+$/.test(line.slice(0, colon))) {
        return { headers, body: text.slice(at) };
      }
      const found = line.slice(0, colon).toLowerCase();
      name = headers.has(found) ? undefined : found;
      if (name !== undefined) {
        headers.set(name, line.slice(colon + 1).trim());
      }
    }
    at = next;
  }
  return { headers, body: "" };
}

function parameter(header: string | undefined, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^";\\s]+))`, "i").exec(
    header?.slice(0, 4096) ?? "",
  );
  return found?.[1] ?? found?.[2];
}

function decode(
  body: string,
  type: string,
  header: (name: string) => string | undefined,
  open: Gunzip,
): MimeLeaf["content"] {
  const encoding = (header("content-transfer-encoding") ?? "7bit").trim().toLowerCase();
  let bytes: Buffer;
  if (encoding === "base64") {
    bytes = Buffer.from(body, "base64");
  } else if (encoding === "quoted-printable") {
    bytes = unquote(body);
  } else if (/^(?:x-)?uue/.test(encoding)) {
    return { problem: "part-encoding" };
  } else {
    bytes = Buffer.from(body, "utf8");
  }
  if (!GZIP_TYPE.test(type)) {
    return bytes;
  }
  const opened = open(bytes);
  return opened.ok ? opened.bytes : { problem: "damaged-gzip" };
}

function unquote(body: string): Buffer {
  const text = body
    .replace(/=[ \t]*\n/g, "")
    .replace(/[^=]+|=([0-9A-Fa-f]{2})|=/g, (piece: string, hex?: string) =>
      hex === undefined
        ? Buffer.from(piece, "utf8").toString("latin1")
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, "latin1");
}
