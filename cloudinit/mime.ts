import { createHash } from "node:crypto";
import { MIME_TYPES, type UserDataForm } from "./form";

/** One part of a multipart document: its content under a type, or a document that brings its own headers. */
export type MimePart =
  | {
      readonly contentType: string;
      /** Default: none. cloud-init names it by its number then, as it names user data that is one part. */
      readonly fileName?: string;
      readonly content: string;
    }
  | { readonly document: string };

/** The beginning of our boundaries. */
export const BOUNDARY = "listen-backlog-";

/** User data of the user's as a part. */
export function partFor(own: string, form: UserDataForm): MimePart {
  return form === "mime" ? { document: own } : { contentType: MIME_TYPES[form], content: own };
}

/**
 * A multipart/mixed document. The boundary comes from the content, so the same parts give the same bytes forever and a
 * preview stays quiet. Lines end with LF, as cloud-init's documentation has them.
 */
export function renderMultipart(parts: readonly MimePart[]): string {
  const rendered = parts.map(renderPart);
  const boundary = boundaryFor(rendered);
  const body = rendered.map((part) => `--${boundary}\n${part}`).join("");
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${body}--${boundary}--\n`;
}

export function renderPart(part: MimePart): string {
  if ("document" in part) {
    return `${part.document}\n`;
  }
  // A carriage return at the very end would be taken for a part of the line break before the boundary.
  const plain = !/[^\p{ASCII}]|\r$/u.test(part.content);
  return [
    `Content-Type: ${part.contentType}; charset="${plain ? "us-ascii" : "utf-8"}"`,
    "MIME-Version: 1.0",
    `Content-Transfer-Encoding: ${plain ? "7bit" : "base64"}`,
    ...(part.fileName === undefined ? [] : [`Content-Disposition: attachment; filename="${part.fileName}"`]),
    "",
    // The line break before a boundary belongs to the boundary: it is the one that the last, empty element brings.
    plain ? part.content : wrapped(Buffer.from(part.content, "utf8").toString("base64")),
    "",
  ].join("\n");
}

function boundaryFor(parts: readonly string[]): string {
  let boundary = `${BOUNDARY}${hash(JSON.stringify(parts))}`;
  while (parts.some((part) => part.includes(boundary))) {
    boundary = `${BOUNDARY}${hash(boundary)}`;
  }
  return boundary;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function wrapped(base64: string): string {
  return base64.replace(/.{76}/g, "$&\n");
}
