import { showGiven } from "../backlog/finding";
import { formOf, MIME_TYPES } from "./form";
import { USER_DATA_LIMIT } from "./limits";
import { renderMultipart, type MimePart } from "./mime";
import { renderTuningPart, type TuningPart } from "./part";

/** User data that cannot be composed. The message says what was given, what is allowed and what to do. */
export class UserDataError extends Error {
  constructor(given: string, allowed: string, fix: string) {
    super(`user data: given ${given}; allowed: ${allowed}; instead: ${fix}`);
    this.name = "UserDataError";
  }
}

/**
 * Adds our part to the user's own user data and loses none of it: a multipart document, the user's part first and ours
 * last, because cloud-init merges each part by the rules of the part that comes in. Without user data of the user's it is
 * our cloud-config alone. Deterministic: the same input gives the same bytes.
 *
 * @param userData plain text in any form that cloud-init knows; undefined or empty for none
 * @throws {@link UserDataError} for a form that cloud-init would not run, and for more than {@link USER_DATA_LIMIT} bytes
 */
export function composeUserData(userData: string | undefined, part: TuningPart): string {
  const ours = renderTuningPart(part);
  const composed =
    userData === undefined || userData.trim() === ""
      ? ours
      : renderMultipart([
          theirs(userData),
          { contentType: MIME_TYPES["cloud-config"], fileName: "99-zz-listen-backlog.cfg", content: ours },
        ]);
  const size = Buffer.byteLength(composed, "utf8");
  if (size > USER_DATA_LIMIT) {
    throw new UserDataError(
      `${size} bytes with our part added, ${size - USER_DATA_LIMIT} too many`,
      `${USER_DATA_LIMIT} bytes before base64`,
      "move files out of the user data: into the image, or into a download that a runcmd fetches",
    );
  }
  return composed;
}

function theirs(userData: string): MimePart {
  const form = formOf(userData);
  if (form === undefined) {
    throw new UserDataError(
      // A first line can hold a secret as any other can: only its beginning is shown.
      `text that begins with ${showGiven(userData.slice(0, 12))}`,
      "a first line that cloud-init knows: #cloud-config, #!, #cloud-config-archive, #cloud-boothook, #include, ## template: jinja, or MIME headers",
      whatToType(userData),
    );
  }
  return form === "mime"
    ? { document: userData }
    : { contentType: MIME_TYPES[form], fileName: "user-data", content: userData };
}

function whatToType(userData: string): string {
  // White space goes first: in one expression with the rest it would cost quadratic time on hostile text.
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(userData.replace(/\s+/g, ""))) {
    return "the text itself: this looks like base64, which is done for you";
  }
  if (userData.charCodeAt(0) === 0x1f) {
    return "the text itself: this looks like gzip";
  }
  return "put #cloud-config or #!/bin/sh on the very first line, with nothing before it";
}
