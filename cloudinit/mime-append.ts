import { isTakenForMime } from "./form";
import { renderMultipart, renderPart, type MimePart } from "./mime";
import { readMime } from "./mime-leaves";
import { parseMime } from "./mime-parse";
import { UserDataError } from "./user-data-error";

/**
 * A MIME document of the user's with our parts behind theirs. A multipart document stays what it is, byte by byte, and ours
 * are added before its last boundary: tools other than cloud-init that read it (nodeadm of EKS) only look at the outermost
 * parts. A document of one part becomes the first part of a new one. What comes out is taken apart again, and has every part of
 * the user's as it was.
 *
 * @throws UserDataError for a document that cloud-init would not take for MIME, or that nothing can be added to
 */
export function appendToMime(document: string, parts: readonly MimePart[]): string {
  if (!isTakenForMime(document)) {
    throw new UserDataError(
      "MIME headers without MIME-Version",
      'a line "MIME-Version: 1.0" in the first 4096 bytes, without which cloud-init ignores the document',
      'add "MIME-Version: 1.0" as the first line',
    );
  }
  const wanted = [...leavesOf(document), ...leavesOf(renderMultipart(parts))].join("\n");
  const composed = [appended(document, parts), renderMultipart([{ document }, ...parts])].find(
    (candidate) => candidate !== undefined && leavesOf(candidate).join("\n") === wanted,
  );
  if (composed === undefined) {
    throw new UserDataError(
      "a MIME document that is cut short, or has a boundary of ours",
      "a document that ends with its boundary between two dashes on each side",
      "write that line at its end, or choose another boundary",
    );
  }
  return composed;
}

/** Undefined for a document of one part. */
function appended(document: string, parts: readonly MimePart[]): string | undefined {
  const { content } = parseMime(document);
  if (content.kind !== "parts" || content.boundary === undefined) {
    return undefined;
  }
  const { boundary, closedAt } = content;
  const body = parts.map((part) => `--${boundary}\n${renderPart(part)}`).join("");
  if (closedAt !== undefined) {
    return `${document.slice(0, closedAt)}${body}${document.slice(closedAt)}`;
  }
  // Cut short: the line break at the end is taken off the last part as if there were a boundary behind it.
  return `${document}${/[\r\n]$/.test(document) ? "" : "\n"}${body}--${boundary}--\n`;
}

/** Each part as cloud-init sees it, for comparing. */
function leavesOf(document: string): string[] {
  return readMime(document).map((leaf) =>
    "problem" in leaf
      ? leaf.problem
      : JSON.stringify([
          leaf.type,
          leaf.fileName,
          leaf.header("merge-type") ?? leaf.header("x-merge-type"),
          "problem" in leaf.content ? leaf.content : leaf.content.toString("base64"),
        ]),
  );
}
