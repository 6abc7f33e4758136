import { checkCloudConfig, readYaml, UNREAD, type MergeNeeds } from "./cloud-config";
import { formOf } from "./form";
import { headerOf, splitMime } from "./mime-split";
import { UserDataError } from "./user-data-error";

/** Documents nested deeper than this are passed on unread. */
const MAX_DEPTH = 5;

/**
 * Checks each cloud-config in the user's MIME document or archive that can be seen. What cannot be seen (templates, includes) is
 * left to cloud-init.
 *
 * @throws UserDataError as {@link checkCloudConfig} does
 */
export function checkMime(document: string, needs: MergeNeeds, name = "part", depth = 0): void {
  const { parts } = splitMime(document);
  parts.forEach((part, index) => {
    const numbered = `${name} ${index + 1}`;
    const { headers, body } = headerOf(part);
    const type = /^content-type:[ \t]*([^;\s]+)/im.exec(headers)?.[1]?.toLowerCase() ?? "text/plain";
    if (type.startsWith("multipart/")) {
      if (depth < MAX_DEPTH) {
        checkMime(part, needs, `${numbered} part`, depth + 1);
      }
      return;
    }
    const content = decoded(headers, body);
    if (content !== undefined) {
      checkTyped(type, content, needs, numbered, depth);
    }
  });
}

/** Checks what an archive holds. */
export function checkArchive(text: string, needs: MergeNeeds, name = "entry"): void {
  const entries = readYaml(text, "an archive");
  if (entries === UNREAD) {
    return;
  }
  if (!Array.isArray(entries)) {
    throw new UserDataError(
      "a #cloud-config-archive that is no list",
      "a list of parts, each with type and content",
      'begin each part with "- type:"',
    );
  }
  entries.forEach((entry: unknown, index) => {
    const { type, content } = typeof entry === "string" ? { type: undefined, content: entry } : partOf(entry);
    if (typeof content === "string") {
      checkTyped(
        type ?? ((formOf(content) ?? "cloud-config") === "cloud-config" ? "text/cloud-config" : ""),
        content,
        needs,
        `${name} ${index + 1}`,
        MAX_DEPTH,
      );
    }
  });
}

function checkTyped(type: string, content: string, needs: MergeNeeds, name: string, depth: number): void {
  const sniffed = type === "text/plain" || type === "text/x-shellscript" ? formOf(content) : undefined;
  if (type === "text/cloud-config" || sniffed === "cloud-config") {
    checkCloudConfig(content, needs, `the cloud-config of ${name}`);
  } else if (
    (type === "text/cloud-config-archive" || sniffed === "cloud-config-archive") &&
    depth < MAX_DEPTH
  ) {
    checkArchive(content, needs, `${name} entry`);
  }
}

function partOf(entry: unknown): { type?: string; content?: unknown } {
  if (typeof entry !== "object" || entry === null) {
    return {};
  }
  const { type, content } = entry as Record<string, unknown>;
  return { type: typeof type === "string" && type !== "" ? type : undefined, content };
}

/** The content of a part; undefined where it is in an encoding that is not looked into. */
function decoded(headers: string, body: string): string | undefined {
  const encoding = /^content-transfer-encoding:[ \t]*(\S+)/im.exec(headers)?.[1]?.toLowerCase() ?? "7bit";
  if (encoding === "base64") {
    return Buffer.from(body, "base64").toString("utf8");
  }
  return ["7bit", "8bit", "binary"].includes(encoding) ? body : undefined;
}
