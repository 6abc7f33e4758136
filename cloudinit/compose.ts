import { showGiven } from "../backlog/finding";
import { checkCloudConfig, type MergeNeeds } from "./cloud-config";
import { decodeUserData, type Decoded } from "./decode";
import { formOf, MIME_TYPES } from "./form";
import { packGzip } from "./gzip";
import { READ_LIMIT, USER_DATA_LIMIT } from "./limits";
import { renderMultipart } from "./mime";
import { appendToMime } from "./mime-append";
import { checkArchive, checkMime } from "./own-parts";
import { tuningParts, type TuningPart } from "./part";
import { placeOf } from "./place";
import { UserDataError } from "./user-data-error";

/** In which shape composed user data comes out. */
export type UserDataEncoding =
  /** Text, for `userData` of `aws.ec2.Instance`. */
  | "plain"
  /** Base64, for `userData` of `aws.ec2.LaunchTemplate`, and for `userDataBase64`. */
  | "base64"
  /** Base64 of gzip, which cloud-init opens. Holds more, but no preview, policy or reader of a template can see into it. */
  | "gzip-base64";

export interface ComposeOptions {
  /** Default `plain`. */
  readonly encoding?: UserDataEncoding;
}

/**
 * Adds our parts to the user's own user data and loses none of it: one MIME document, the user's parts first and ours last,
 * because cloud-init merges each part by the rules of the part that comes in. Deterministic: the same input gives the same
 * bytes. Gzip's bytes also depend on the zlib that Node.js brings.
 *
 * @param userData the user's own, in any form that cloud-init knows, as text, as base64, or as base64 of gzip; undefined, white
 *   space or a cloud-config without content for none
 * @throws UserDataError for what cloud-init would not run, for what ours cannot be merged into, and for more than
 *   {@link USER_DATA_LIMIT} bytes
 */
export function composeUserData(
  userData: string | undefined,
  part: TuningPart,
  options: ComposeOptions = {},
): string {
  const composed = compose(opened(userData ?? ""), part);
  const plain = Buffer.from(composed, "utf8");
  const encoding = options.encoding ?? "plain";
  const raw = encoding === "gzip-base64" ? packGzip(composed) : plain;
  if (raw.length > USER_DATA_LIMIT) {
    throw tooLong(raw.length, encoding, composed);
  }
  return encoding === "plain" ? composed : raw.toString("base64");
}

function compose(own: string, part: TuningPart): string {
  const ours = tuningParts(part);
  const needs: MergeNeeds = {
    lists: ["write_files", ...((part.early ?? true) ? ["bootcmd"] : [])],
    hostKeys: part.hostKey ? ["ed25519_private", "ed25519_public", "ed25519_certificate"] : [],
  };
  if (own.trim() === "") {
    return renderMultipart(ours);
  }
  refuseNul(own);
  const form = formOf(own);
  if (form === undefined) {
    throw unknownForm(own);
  }
  if (form === "mime") {
    const appended = appendToMime(own, ours);
    checkMime(own, needs);
    return appended;
  }
  if (form === "cloud-config-archive") {
    checkArchive(own, needs);
  }
  if (form === "cloud-config" && !checkCloudConfig(own, needs)) {
    return renderMultipart(ours);
  }
  return renderMultipart([{ contentType: MIME_TYPES[form], fileName: "user-data", content: own }, ...ours]);
}

function opened(userData: string): string {
  const decoded = decodeUserData(userData);
  if (decoded.ok) {
    return decoded.text;
  }
  throw undecodable(decoded, userData);
}

function undecodable({ failure, place }: Decoded & { ok: false }, userData: string): UserDataError {
  switch (failure) {
    case "too-long":
      return new UserDataError(
        `more than ${READ_LIMIT} bytes (${userData.length} characters as given)`,
        `${USER_DATA_LIMIT} bytes before base64`,
        "move files out of the user data: into the image, or into a download that a script fetches",
      );
    case "wrong-base64":
      return new UserDataError(
        `text that looks like base64 and stops being it at character ${place ?? 1} of ${userData.length}`,
        "the text itself, or all of its base64 with the padding at its end",
        "the text itself: it is encoded where that is needed",
      );
    case "base64-twice":
      return new UserDataError(
        "base64 of base64",
        "the text itself, or its base64: EC2 and cloud-init take off one layer",
        "the text itself: it is encoded where that is needed",
      );
    case "truncated-gzip":
      return new UserDataError(
        "gzip that ends too early",
        "whole gzip in base64, or the text",
        "pack it again",
      );
    case "damaged-gzip":
      return new UserDataError("gzip that is damaged", "whole gzip in base64, or the text", "pack it again");
    case "not-utf8":
      return new UserDataError(
        `bytes that are no UTF-8, from byte ${place ?? 1} on`,
        "text in UTF-8",
        "convert it to UTF-8; put binary content into write_files with encoding: b64",
      );
  }
}

function refuseNul(text: string): void {
  const index = text.indexOf("\0");
  if (index >= 0) {
    throw new UserDataError(
      `a NUL byte at ${placeOf(text, index)}`,
      "text",
      "remove it, or put binary content into write_files with encoding: b64",
    );
  }
}

function unknownForm(text: string): UserDataError {
  return new UserDataError(
    // A first line can hold a secret as any other can: only its beginning is shown.
    `text that begins with ${showGiven(text.slice(0, 12))}`,
    "a beginning that cloud-init knows: #cloud-config, #!, #cloud-config-archive, #cloud-boothook, #include, #part-handler, ## template: jinja, or MIME headers",
    whatToType(text),
  );
}

function whatToType(text: string): string {
  if (text.charCodeAt(0) === 0x1f) {
    return "base64 of it: this looks like gzip, which text cannot hold";
  }
  if (text.charCodeAt(0) === 0xfeff) {
    return "the text without the byte order mark before it";
  }
  return "put #cloud-config or #!/bin/sh on the very first line, with nothing before it";
}

function tooLong(size: number, encoding: UserDataEncoding, composed: string): UserDataError {
  const packed = encoding === "gzip-base64" ? undefined : packGzip(composed).length;
  const move = "move files out of the user data: into the image, or into a download that a script fetches";
  return new UserDataError(
    `${size} bytes${encoding === "gzip-base64" ? " of gzip" : ""} with our part added, ${size - USER_DATA_LIMIT} too many`,
    `${USER_DATA_LIMIT} bytes before base64`,
    packed !== undefined && packed <= USER_DATA_LIMIT
      ? `${move}; or choose gzip, which makes it ${packed} bytes that no preview can read`
      : move,
  );
}
