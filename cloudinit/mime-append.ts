import { renderMultipart, renderPart, type MimePart } from "./mime";
import { splitMime } from "./mime-split";
import { UserDataError } from "./user-data-error";

/** cloud-init looks for the header in this many bytes at the beginning, and nowhere else. Source: cloudinit/user_data.py. */
const HEADER_WINDOW = 4096;

/**
 * A MIME document of the user's with our parts behind theirs. A multipart document stays what it is, byte by byte, and ours
 * are added before its last boundary: tools other than cloud-init that read it (nodeadm of EKS) only look at the outermost
 * parts. A document of one part becomes the first part of a new one.
 *
 * @throws UserDataError for a document that cloud-init would not take for MIME, or would find no parts in
 */
export function appendToMime(document: string, parts: readonly MimePart[]): string {
  const window = Buffer.from(document.slice(0, HEADER_WINDOW)).subarray(0, HEADER_WINDOW).toString("latin1");
  if (!/mime-version:/i.test(window)) {
    throw new UserDataError(
      "MIME headers without MIME-Version",
      `a line "MIME-Version: 1.0" in the first ${HEADER_WINDOW} bytes, without which cloud-init ignores the document`,
      'add "MIME-Version: 1.0" as the first line',
    );
  }
  const split = splitMime(document);
  if (!split.multipart) {
    return renderMultipart([{ document }, ...parts]);
  }
  const { boundary, closedAt } = split;
  if (boundary === undefined) {
    throw new UserDataError(
      "a multipart document without a boundary",
      'a header such as Content-Type: multipart/mixed; boundary="BOUNDARY"',
      "name the boundary that its parts are divided by",
    );
  }
  if (split.parts.length === 0) {
    throw new UserDataError(
      "a multipart document without parts: no line has the boundary of its header",
      "a line of -- and the boundary before each part",
      "write the boundary of the header before each part, letter by letter",
    );
  }
  const rendered = parts.map(renderPart);
  // Where ours held its boundary, its document goes into one of ours.
  if (rendered.some((part) => part.includes(`--${boundary}`))) {
    return renderMultipart([{ document }, ...parts]);
  }
  const body = rendered.map((part) => `--${boundary}\n${part}`).join("");
  return closedAt === undefined
    ? // Cut short: the line break before a boundary belongs to the boundary, so the last part keeps its own.
      `${document}\n${body}--${boundary}--\n`
    : `${document.slice(0, closedAt)}${body}${document.slice(closedAt)}`;
}
