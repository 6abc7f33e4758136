import { fromJson } from "../backlog/json";
import { decodeUserData, decodeUtf8 } from "./decode";
import { formOf, isTakenForMime, MIME_TYPES, type UserDataForm } from "./form";
import { SCRIPT_MARK } from "./host-script";
import { BOUNDARY, partFor, renderPart } from "./mime";
import { readMime, type Gunzip } from "./mime-leaves";
import { parseMime } from "./mime-parse";
import { FILE_MARK } from "./part";

/** User data of the user's, and what was taken out of it. */
export interface OwnText {
  readonly text: string;
  /** Whether what was taken out gave the server a host key. */
  readonly hadHostKey: boolean;
}

/**
 * The user's own user data out of what composing made of it: without the parts that an earlier declaration added, as they stand on the
 * outermost level. Anything else comes back as it is. Composing again thus gives what composing once would have.
 */
export function withoutOurs(text: string): OwnText {
  const unchanged = { text, hadHostKey: false };
  if (formOf(text) !== "mime" || !isTakenForMime(text)) {
    return unchanged;
  }
  const { content } = parseMime(text);
  if (content.kind !== "parts" || content.boundary === undefined || content.startsAt === undefined) {
    return unchanged;
  }
  const { boundary, startsAt, closedAt } = content;
  const end = closedAt ?? text.length;
  const pieces = startsAt.map((start, index) => text.slice(start, startsAt[index + 1] ?? end));
  const ours = pieces.map((piece) => oursIn(behindBoundary(piece)));
  const own = pieces.filter((_, index) => ours[index] === undefined);
  if (own.length === pieces.length) {
    return unchanged;
  }
  const hadHostKey = ours.includes("with host key");
  const [first] = own;
  if (first === undefined) {
    return { text: "", hadHostKey };
  }
  return {
    text:
      boundary.startsWith(BOUNDARY) && own.length === 1
        ? unwrapped(behindBoundary(first))
        : text.slice(0, startsAt[0]) + own.join("") + text.slice(end),
    hadHostKey,
  };
}

/** Whether user data, in any shape that it comes in, has parts that composing added. */
export function isComposed(userData: string): boolean {
  const decoded = decodeUserData(userData);
  return decoded.ok && withoutOurs(decoded.text).text !== decoded.text;
}

type Ours = "with host key" | "without host key" | undefined;

function behindBoundary(piece: string): string {
  return piece.slice(piece.indexOf("\n") + 1);
}

/** Nothing of ours is gzip. */
const unopened: Gunzip = () => ({ ok: false, failure: "damaged-gzip" });

/** In the file name of each part of ours. */
const NAME = "listen-backlog";

/** What a part, headers and all, is of ours; undefined where no declaration added it. */
function oursIn(part: string): Ours {
  // Most parts are not, and need not be taken apart.
  if (!part.includes(NAME)) {
    return undefined;
  }
  const [leaf, other] = readMime(part, unopened);
  if (leaf === undefined || other !== undefined || "problem" in leaf || "problem" in leaf.content) {
    return undefined;
  }
  const decoded = decodeUtf8(leaf.content);
  if ("place" in decoded) {
    return undefined;
  }
  const [first = "", second = "", ...rest] = decoded.text.split("\n");
  switch (leaf.type) {
    case MIME_TYPES["shell-script"]:
      return first.startsWith("#!") &&
        second.trimEnd() === SCRIPT_MARK &&
        /^z+-listen-backlog\.sh$/.test(leaf.fileName ?? "")
        ? "without host key"
        : undefined;
    case MIME_TYPES["cloud-config"]:
      return first.startsWith("#cloud-config") ? oursInConfig([second, ...rest].join("\n")) : undefined;
    default:
      return undefined;
  }
}

/** All that a cloud-config of ours may have: one with more of a user's is theirs. */
const OUR_KEYS = new Set(["merge_how", "bootcmd", "write_files", "ssh_deletekeys", "ssh_keys"]);

function oursInConfig(json: string): Ours {
  const config = fromJson(json);
  if (
    typeof config !== "object" ||
    config === null ||
    Object.keys(config).some((key) => !OUR_KEYS.has(key))
  ) {
    return undefined;
  }
  const { write_files: files } = config as Record<string, unknown>;
  const [file, another] = Array.isArray(files) ? (files as unknown[]) : [];
  if (
    another !== undefined ||
    typeof file !== "object" ||
    file === null ||
    !("content" in file) ||
    typeof file.content !== "string" ||
    !file.content.startsWith(`# ${FILE_MARK}\n`)
  ) {
    return undefined;
  }
  return "ssh_keys" in config ? "with host key" : "without host key";
}

/** What {@link partFor} made a part of. */
function unwrapped(part: string): string {
  const document = part.endsWith("\n") ? part.slice(0, -1) : part;
  const [leaf] = readMime(part, unopened);
  if (leaf === undefined || "problem" in leaf || "problem" in leaf.content) {
    return document;
  }
  const decoded = decodeUtf8(leaf.content);
  // The line break before the boundary is still a part of what was read here.
  const candidates = "place" in decoded ? [] : [decoded.text, decoded.text.replace(/\n$/, "")];
  const found = candidates.find((content) => {
    const form = formOf(content);
    return form !== undefined && form !== "mime" && isMadeOf(part, content, form);
  });
  return found ?? document;
}

function isMadeOf(part: string, content: string, form: UserDataForm): boolean {
  const made = partFor(content, form);
  // Earlier versions named it.
  const named = "content" in made ? { ...made, fileName: "user-data" } : made;
  return [made, named].some((one) => renderPart(one) === part);
}
