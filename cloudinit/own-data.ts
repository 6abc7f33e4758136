import { checkCloudConfig } from "./cloud-config";
import { NEEDED_MODULES, sharedKeys } from "./collisions";
import { decodeUtf8, gunzip } from "./decode";
import { MIME_TYPES, type UserDataForm } from "./form";
import { checkPatch } from "./json-patch";
import { READ_LIMIT } from "./limits";
import { mergeTypeOf } from "./mime-header";
import type { Gunzip } from "./mime-leaves";
import { readOwnYaml } from "./own-yaml";
import type { OwnNeeds } from "./part";
import { cleanFileName, NAME_LIMIT } from "./script-name";
import { UserDataError } from "./user-data-error";
import { userParts, type ArchiveEntry, type PartTrouble, type UserPart } from "./user-parts";
import { OTHER_KEYS } from "./yaml/plain";

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
  // All gzip of the parts together: each of them may be a bomb.
  let left = READ_LIMIT;
  const open: Gunzip = (bytes) => {
    const opened = gunzip(bytes, Math.max(1, left));
    left -= opened.ok ? opened.bytes.length : 0;
    return opened;
  };
  const parts = userParts(text, readArchive, { mime: form === "mime", open }).map((part) => {
    if ("problem" in part) {
      throw troubleWith(part);
    }
    return part;
  });
  const keys = parts.map((part) => checkPart(part, needs));
  refuseModulesTwice(keys, needs);
  return {
    empty: parts.length === 1 && keys[0] === undefined && parts[0]?.place === "",
    scripts: parts.flatMap(scriptOf),
  };
}

/** The keys of a cloud-config, none of any other part; undefined for a cloud-config without content. */
function checkPart(
  { type, text, place, mergeType }: UserPart,
  needs: OwnNeeds,
): readonly string[] | undefined {
  const name = (what: string): string => (place === "" ? `a ${what}` : `the ${what} of ${place}`);
  switch (type) {
    case MIME_TYPES["cloud-config"]:
      return checkCloudConfig(text, needs, name("cloud-config"), mergeType);
    case MIME_TYPES["cloud-config-jsonp"]:
      return checkPatch(text, needs, name("cloud-config-jsonp"));
    default:
      return [];
  }
}

/** Lists of modules in two parts: what merging makes of them may miss a module that each of them has. */
function refuseModulesTwice(keys: readonly (readonly string[] | undefined)[], needs: OwnNeeds): void {
  const shared = sharedKeys(needs);
  for (const { key } of NEEDED_MODULES) {
    if (shared.has(key) && keys.filter((of) => of?.includes(key) === true).length > 1) {
      throw new UserDataError(
        `${key} in more than one part`,
        "one list: what is left of several depends on how they are merged",
        `write one ${key} with all of its modules`,
      );
    }
  }
}

/** The name under which the part becomes a script on the host, if it does: a template may become one. */
function scriptOf({ type, fileName, place }: UserPart): string[] {
  if (type !== MIME_TYPES["shell-script"] && type !== MIME_TYPES["jinja-template"]) {
    return [];
  }
  if (fileName === undefined || fileName === "") {
    return [];
  }
  const name = cleanFileName(fileName);
  if (/^\.{0,2}$/.test(name) || name.length > NAME_LIMIT) {
    throw new UserDataError(
      `${place === "" ? "a script" : place} with a file name that no script can have`,
      `letters and digits, at most ${NAME_LIMIT} characters: cloud-init takes out all other signs, and could not write the script`,
      "give it another file name, or none",
    );
  }
  return [name];
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

/** Undefined for what cloud-init passes over. A wrong type of anything in it would stop all of cloud-init's reading, ours too. */
function entryOf(entry: unknown, place: string): ArchiveEntry | undefined {
  if (typeof entry === "string") {
    return { text: entry, header: () => undefined };
  }
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    return undefined;
  }
  const { type, content = "", filename, ...others } = entry as Record<string | symbol, unknown>;
  const decoded = content instanceof Uint8Array ? decodeUtf8(content) : undefined;
  const text = decoded === undefined ? content : "text" in decoded ? decoded.text : undefined;
  if (typeof text !== "string") {
    throw new UserDataError(
      `${place} with content that is no text`,
      "text, such as the lines below content: |",
      "write content: | and the content indented below it",
    );
  }
  if (filename !== undefined && typeof filename !== "string") {
    throw new UserDataError(
      `${place} with a filename that is no text`,
      "text",
      "put the file name in quotes",
    );
  }
  if (Object.hasOwn(others, OTHER_KEYS) || !Object.entries(others).every(isHeader)) {
    throw new UserDataError(
      `${place} with a key or a value that is no text`,
      "type, content, filename, launch-index, and headers as text: cloud-init would otherwise drop all of the user data",
      "put what is no text in quotes, or remove it",
    );
  }
  const mergeType = mergeTypeOf(
    Object.entries(others).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value] as const] : [],
    ),
  );
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
    ...(mergeType === undefined ? {} : { mergeType }),
    header: () => undefined,
  };
}

/** Whether cloud-init can write a key of an entry down as a header. */
function isHeader([name, value]: readonly [name: string, value: unknown]): boolean {
  return (
    value === null ||
    typeof value === "string" ||
    /^(?:launch-index|content-disposition|content-type|number-attachments)$/i.test(name)
  );
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
        `${where} of gzip that is damaged, or of too much`,
        `whole gzip in base64, of ${READ_LIMIT} bytes with all other parts: cloud-init would otherwise stop at it`,
        "pack it again, and less",
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
