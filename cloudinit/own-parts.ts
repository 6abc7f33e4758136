import { decodeUtf8 } from "./decode";
import { formOf, isTakenForMime, MIME_TYPES, type UserDataForm } from "./form";
import { SCRIPT_MARK } from "./host-script";
import { BOUNDARY, partFor, renderPart } from "./mime";
import { readMime } from "./mime-leaves";
import { parseMime } from "./mime-parse";
import { FILE_MARK } from "./part";

/**
 * The user's own user data out of what composing made of it: without the parts that an earlier declaration added, as they stand on the
 * outermost level. Anything else comes back as it is. Composing again thus gives what composing once would have.
 */
export function withoutOurs(text: string): string {
  if (formOf(text) !== "mime" || !isTakenForMime(text)) {
    return text;
  }
  const { content } = parseMime(text);
  if (content.kind !== "parts" || content.boundary === undefined || content.startsAt === undefined) {
    return text;
  }
  const { boundary, startsAt, closedAt } = content;
  const end = closedAt ?? text.length;
  const pieces = startsAt.map((start, index) => text.slice(start, startsAt[index + 1] ?? end));
  const own = pieces.filter((piece) => !isOurs(behindBoundary(piece)));
  if (own.length === pieces.length) {
    return text;
  }
  const [first] = own;
  if (first === undefined) {
    return "";
  }
  return boundary.startsWith(BOUNDARY) && own.length === 1
    ? unwrapped(behindBoundary(first))
    : text.slice(0, startsAt[0]) + own.join("") + text.slice(end);
}

function behindBoundary(piece: string): string {
  return piece.slice(piece.indexOf("\n") + 1);
}

/** In the file name of each part of ours. */
const NAME = "listen-backlog";

/** Whether a part, headers and all, is one that a declaration added. */
function isOurs(part: string): boolean {
  // Most parts are not, and need not be taken apart.
  if (!part.includes(NAME)) {
    return false;
  }
  const [leaf, other] = readMime(part);
  if (leaf === undefined || other !== undefined || "problem" in leaf || "problem" in leaf.content) {
    return false;
  }
  const decoded = decodeUtf8(leaf.content);
  if ("place" in decoded) {
    return false;
  }
  const [first = "", second = "", ...rest] = decoded.text.split("\n");
  switch (leaf.type) {
    case MIME_TYPES["shell-script"]:
      return (
        first.startsWith("#!") &&
        second.trimEnd() === SCRIPT_MARK &&
        /^z+-listen-backlog\.sh$/.test(leaf.fileName ?? "")
      );
    case MIME_TYPES["cloud-config"]:
      return first.startsWith("#cloud-config") && isOurConfig([second, ...rest].join("\n"));
    default:
      return false;
  }
}

/** All that a cloud-config of ours may have: one with more of a user's is theirs. */
const OUR_KEYS = new Set(["merge_how", "bootcmd", "write_files", "ssh_deletekeys", "ssh_keys"]);

function isOurConfig(json: string): boolean {
  let config: unknown;
  try {
    config = JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return false;
    }
    throw error;
  }
  if (
    typeof config !== "object" ||
    config === null ||
    Object.keys(config).some((key) => !OUR_KEYS.has(key))
  ) {
    return false;
  }
  const { write_files: files } = config as Record<string, unknown>;
  const [file, another] = Array.isArray(files) ? (files as unknown[]) : [];
  return (
    another === undefined &&
    typeof file === "object" &&
    file !== null &&
    "content" in file &&
    typeof file.content === "string" &&
    file.content.startsWith(`# ${FILE_MARK}\n`)
  );
}

/** What {@link partFor} made a part of. */
function unwrapped(part: string): string {
  const document = part.endsWith("\n") ? part.slice(0, -1) : part;
  const [leaf] = readMime(part);
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
