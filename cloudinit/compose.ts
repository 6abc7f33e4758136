import { composeInput } from "./compose-input";
import { decodeUserData, type Decoded } from "./decode";
import { formOf, type UserDataForm } from "./form";
import { packGzip } from "./gzip";
import { READ_LIMIT, USER_DATA_LIMIT } from "./limits";
import { partFor, renderMultipart, type MimePart } from "./mime";
import { appendToMime } from "./mime-append";
import { checkOwnData } from "./own-data";
import { withoutOurs } from "./own-parts";
import { needsOf, tuningParts, type TuningPart } from "./part";
import { placeOf } from "./place";
import { scriptNameBehind } from "./script-name";
import { UserDataError } from "./user-data-error";

/** In which shape composed user data comes out. */
export type UserDataEncoding =
  /** Text, for `userData` of `aws.ec2.Instance`. */
  | "plain"
  /** Base64, for `userData` of `aws.ec2.LaunchTemplate`, and for `userDataBase64`. */
  | "base64"
  /** Base64 of gzip, which cloud-init opens. Holds more, but nobody can read it in a preview or a template without unpacking it. */
  | "gzip-base64";

export interface ComposeOptions {
  /** Default `plain`. */
  readonly encoding?: UserDataEncoding;
}

/**
 * Adds our parts to the user's own user data and loses none of it: one MIME document, the user's parts first and ours last,
 * because cloud-init merges each part by the rules of the part that comes in. What an earlier declaration added is replaced.
 * Deterministic: the same input gives the same bytes. Gzip's bytes also depend on the zlib that Node.js brings.
 *
 * @param userData the user's own, in any form that cloud-init knows, as text, as base64, or as base64 of gzip; undefined, white
 *   space or a cloud-config without content for none
 * @throws UserDataError, and nothing else, for arguments that are none, for what cloud-init would not run, for what ours cannot be
 *   merged into, and for more than {@link USER_DATA_LIMIT} bytes. No message holds anything of the user data or of the host key.
 */
export function composeUserData(
  userData: string | undefined,
  part: TuningPart,
  options: ComposeOptions = {},
): string {
  const { encoding, ...input } = composeInput(userData, part, options);
  const given = opened(input.userData ?? "");
  refuseLost(given);
  const own = withoutOurs(given);
  if (own.hadHostKey && input.part.hostKey === undefined) {
    throw new UserDataError(
      "user data with the host key of an earlier declaration, and no hostKey",
      "user data as it was before that declaration, or a host key: connections to the server are checked against the one that is there",
      "compose your own user data, or give hostKey",
    );
  }
  const composed = compose(own.text, input.part, encoding);
  return encoding === "plain" ? composed : packed(composed, encoding).toString("base64");
}

function compose(own: string, part: TuningPart, encoding: UserDataEncoding): string {
  const ours = tuningParts(part);
  const alone = renderMultipart(ours);
  if (own.trim() === "") {
    return inLimit(alone, encoding);
  }
  const form = formOf(own);
  if (form === undefined) {
    throw unknownForm(own);
  }
  if (packed(own, encoding).length > USER_DATA_LIMIT) {
    // Said before it is taken apart, which takes longer than measuring it.
    inLimit(renderMultipart([partFor(own, form), ...ours]), encoding);
  }
  const { empty, scripts } = checkOwnData(own, form, needsOf(part));
  return inLimit(empty ? alone : together(own, form, tuningParts(part, scriptNameBehind(scripts))), encoding);
}

function together(own: string, form: UserDataForm, ours: readonly MimePart[]): string {
  return form === "mime" ? appendToMime(own, ours) : renderMultipart([partFor(own, form), ...ours]);
}

function packed(composed: string, encoding: UserDataEncoding): Buffer {
  return encoding === "gzip-base64" ? packGzip(composed) : Buffer.from(composed, "utf8");
}

function inLimit(composed: string, encoding: UserDataEncoding): string {
  const { length } = packed(composed, encoding);
  if (length > USER_DATA_LIMIT) {
    throw tooLong(length, encoding, composed);
  }
  return composed;
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

/** Refuses what does not survive: cloud-init has text, and text has no NUL and no half of a character. */
function refuseLost(text: string): void {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    throw new UserDataError(
      `a NUL byte at ${placeOf(text, nul)}`,
      "text",
      "remove it, or put binary content into write_files with encoding: b64",
    );
  }
  const half = text.search(/\p{Surrogate}/u);
  if (half >= 0) {
    throw new UserDataError(
      `half of a character (a lone surrogate) at ${placeOf(text, half)}`,
      "text that UTF-8 can hold",
      "write the whole character, or remove it",
    );
  }
}

function unknownForm(text: string): UserDataError {
  const [what, fix] = beginningOf(text);
  return new UserDataError(
    `text that begins with ${what}`,
    "a beginning that cloud-init knows: #cloud-config, #!, #cloud-config-archive, #cloud-boothook, #include, #part-handler, ## template: jinja, or MIME headers",
    fix,
  );
}

const FIRST_LINE = "put #cloud-config or #!/bin/sh on the very first line, with nothing before it";

const OTHER_SYSTEM =
  "user data for a distribution with cloud-init: this one takes settings in a form of its own";

/** What stands at the beginning of text in no known form, and what to do where that is not {@link FIRST_LINE}. */
const BEGINNINGS: readonly (readonly [RegExp, string, string?])[] = [
  // eslint-disable-next-line no-control-regex -- gzip begins with it
  [/^\u001f/, "the first byte of gzip", "base64 of it: this looks like gzip, which text cannot hold"],
  [/^\ufeff/, "a byte order mark", "the text without the byte order mark before it"],
  [/^\s/, "white space"],
  [/^\{\s*"ignition"/, "Ignition's JSON", OTHER_SYSTEM],
  [/^\[+[A-Za-z][\w.-]{0,100}\]/, "a table of TOML, as Bottlerocket has it", OTHER_SYSTEM],
  [/^[{[]/, "a bracket, as JSON does", "put #cloud-config on a line of its own before it: JSON is YAML"],
  [/^</, "an angle bracket, as scripts for Windows do", "user data for Linux, whose settings these are"],
  [
    /^(?:---\s+)?apiVersion:/,
    "a Kubernetes object, such as the NodeConfig of EKS",
    'a part of its own in a MIME document: "Content-Type: application/node.eks.aws"',
  ],
  [/^#/, "a comment that is none of cloud-init's forms"],
  [/^\p{Letter}/u, "a letter"],
  [/^\p{Number}/u, "a digit"],
  [/^\p{Control}/u, "a control character"],
];

/** What text in no known form begins with. Never the text itself: a first line can hold a secret as any other can. */
function beginningOf(text: string): readonly [what: string, fix: string] {
  const found = BEGINNINGS.find(([pattern]) => pattern.test(text));
  return [found?.[1] ?? "another sign", found?.[2] ?? FIRST_LINE];
}

function tooLong(size: number, encoding: UserDataEncoding, composed: string): UserDataError {
  const small = encoding === "gzip-base64" ? undefined : packGzip(composed).length;
  const move = "move files out of the user data: into the image, or into a download that a script fetches";
  return new UserDataError(
    `${size} bytes${encoding === "gzip-base64" ? " of gzip" : ""} with our part added, ${size - USER_DATA_LIMIT} too many`,
    `${USER_DATA_LIMIT} bytes before base64`,
    small !== undefined && small <= USER_DATA_LIMIT
      ? `${move}; or choose gzip, which makes it ${small} bytes that no preview shows as text`
      : move,
  );
}
