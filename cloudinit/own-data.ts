import { checkCloudConfig } from "./cloud-config";
import { refuseCollisions } from "./collisions";
import { MIME_TYPES, type UserDataForm } from "./form";
import { SCRIPT_MARK } from "./host-script";
import { readOwnYaml } from "./own-yaml";
import type { OwnNeeds } from "./part";
import { cleanFileName } from "./script-name";
import { UserDataError } from "./user-data-error";
import { userParts, type ArchiveEntry, type PartTrouble, type UserPart } from "./user-parts";

/** What a check of the user's own user data finds out. */
export interface OwnData {
  /** Whether there is anything for cloud-init to do. It complains about a cloud-config without content. */
  readonly empty: boolean;
  /** The names under which cloud-init writes the user's scripts. */
  readonly scripts: readonly string[];
}

/**
 * Checks each part of the user's own user data that can be seen. What cannot be seen (templates, includes) is left to cloud-init.
 *
 * @throws UserDataError for what cloud-init would drop, and for what ours cannot be merged into. It names places, never content.
 */
export function checkOwnData(text: string, form: UserDataForm, needs: OwnNeeds): OwnData {
  const parts = userParts(text, readArchive, { mime: form === "mime" }).map((part) => {
    if ("problem" in part) {
      throw troubleWith(part);
    }
    return part;
  });
  const filled = parts.map((part) => checkPart(part, needs));
  return {
    empty: parts.length === 1 && filled[0] === false && parts[0]?.place === "",
    scripts: parts.flatMap(scriptOf),
  };
}

/** Whether there is anything in the part. */
function checkPart({ type, text, place }: UserPart, needs: OwnNeeds): boolean {
  const name = (what: string): string => (place === "" ? `a ${what}` : `the ${what} of ${place}`);
  switch (type) {
    case MIME_TYPES["cloud-config"]:
      return checkCloudConfig(text, needs, name("cloud-config"));
    case MIME_TYPES["cloud-config-jsonp"]:
      checkPatch(text, needs, name("cloud-config-jsonp"));
      return true;
    default:
      return true;
  }
}

/** A JSON patch is applied to what the parts before it made: what it puts there is checked as if it were a cloud-config. */
function checkPatch(text: string, needs: OwnNeeds, name: string): void {
  let operations: unknown;
  try {
    operations = JSON.parse(text.trimStart().replace(/^#cloud-config-jsonp/, ""));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) {
      throw cause;
    }
  }
  if (!Array.isArray(operations)) {
    throw new UserDataError(
      `${name} that is no JSON list`,
      "a list of operations in JSON, which cloud-init would otherwise drop as a whole",
      'write [{ "op": "add", "path": "/runcmd", "value": [...] }] below the first line',
    );
  }
  for (const operation of operations as unknown[]) {
    if (typeof operation === "object" && operation !== null) {
      const { path, value } = operation as Record<string, unknown>;
      const [before, key, ...inner] = typeof path === "string" ? path.split("/") : [];
      if (before === "" && key !== undefined && value !== undefined && inner.length === 0) {
        refuseCollisions({ [key]: value }, needs, name);
      } else if (before === "" && key === "write_files" && inner.length === 1) {
        refuseCollisions({ write_files: [value] }, needs, name);
      }
    }
  }
}

/** The name under which the part becomes a script on the host, if it does: a template may become one. */
function scriptOf({ type, text, fileName }: UserPart): string[] {
  if (type !== MIME_TYPES["shell-script"] && type !== MIME_TYPES["jinja-template"]) {
    return [];
  }
  // A script of an earlier declaration is replaced by ours of the same name.
  const earlier = text.split("\n", 2)[1] === SCRIPT_MARK;
  return fileName === undefined || earlier ? [] : [cleanFileName(fileName)];
}

function readArchive(text: string, place: string): (ArchiveEntry | undefined)[] {
  const name = place === "" ? "an archive" : `the archive of ${place}`;
  const entries = readOwnYaml(text, name);
  if (!Array.isArray(entries)) {
    throw new UserDataError(
      `${place === "" ? "a #cloud-config-archive" : name} that is no list`,
      "a list of parts, each with type and content",
      'begin each part with "- type:"',
    );
  }
  return entries.map((entry: unknown, index) => entryOf(entry, `${place} entry ${index + 1}`.trim()));
}

/** Undefined for what cloud-init passes over. A wrong type of type or content would stop all of cloud-init's reading. */
function entryOf(entry: unknown, place: string): ArchiveEntry | undefined {
  if (typeof entry === "string") {
    return { text: entry, header: () => undefined };
  }
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    return undefined;
  }
  const { type, content = "", filename } = entry as Record<string, unknown>;
  const text = content instanceof Uint8Array ? Buffer.from(content).toString("utf8") : content;
  if (typeof text !== "string") {
    throw new UserDataError(
      `${place} with content that is no text`,
      "text, such as the lines below content: |",
      "write content: | and the content indented below it",
    );
  }
  const typed = type === undefined || type === null || type === "" ? undefined : type;
  if (typed !== undefined && (typeof typed !== "string" || !typed.includes("/"))) {
    throw new UserDataError(
      `${place} with a type that is none`,
      "a MIME type such as text/cloud-config, or none: the beginning of the content then decides",
      "type: text/x-shellscript for a script",
    );
  }
  return {
    ...(typed === undefined ? {} : { type: typed.toLowerCase() }),
    text,
    ...(typeof filename === "string" ? { fileName: filename } : {}),
    header: () => undefined,
  };
}

function troubleWith({ problem, place }: PartTrouble): UserDataError {
  const where = place === "" ? "a MIME document" : `${place} of a MIME document`;
  switch (problem) {
    case "no-boundary":
      return new UserDataError(
        `${place === "" ? "a multipart document" : `${place}, a multipart document`} without a boundary`,
        'a header such as Content-Type: multipart/mixed; boundary="BOUNDARY"',
        "name the boundary that its parts are divided by",
      );
    case "no-parts":
      return new UserDataError(
        `${place === "" ? "a multipart document" : `${place}, a multipart document`} without parts: no line has the boundary of its header`,
        "a line of -- and the boundary before each part",
        "write the boundary of the header before each part, letter by letter",
      );
    case "nested-too-deep":
      return new UserDataError(
        `${where} that is nested too deep`,
        "some levels",
        "put the parts side by side",
      );
    case "part-encoding":
      return new UserDataError(
        `${where} in uuencode`,
        "Content-Transfer-Encoding: 7bit, quoted-printable or base64",
        "encode it in base64",
      );
    case "damaged-gzip":
      return new UserDataError(
        `${where} of gzip that is damaged, or none`,
        "whole gzip in base64, which cloud-init would otherwise stop at",
        "pack it again",
      );
    case "not-utf8":
      return new UserDataError(
        `${where} with bytes that are no UTF-8`,
        "text in UTF-8",
        "convert it to UTF-8; put binary content into write_files with encoding: b64",
      );
    case "invalid-yaml":
      return new UserDataError(
        `${place === "" ? "an archive" : `the archive of ${place}`} that is no YAML list`,
        "a list of parts, each with type and content",
        'begin each part with "- type:"',
      );
    case "not-ascii":
      return new UserDataError(
        `${where} with characters beyond ASCII and no Content-Transfer-Encoding: base64`,
        "ASCII, or base64: cloud-init reads other characters of a MIME document wrongly",
        "encode the part in base64, with the header Content-Transfer-Encoding: base64",
      );
  }
}
