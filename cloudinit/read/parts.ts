import { Buffer } from "node:buffer";
import { decodeUtf8 } from "../decode";
import { MIME_TYPES, typeByBeginning } from "../form";
import { mergeTypeOf, type MimeHeaders } from "../mime-header";
import { cleanFileName } from "../script-name";
import { userParts, type ArchiveEntry, type ReadArchive } from "../user-parts";
import type { Budget } from "./budget";
import type { Findings } from "./machine";
import { entry, readYaml, textOf, type MapNode, type Node } from "./yaml";

/** A part as cloud-init hands it to its handlers. */
export interface Part {
  /** 1-based, in the order in which cloud-init takes them. */
  readonly number: number;
  readonly type: string;
  /** The type, if it is one that cloud-init knows: any other is the user's own text. */
  readonly form: string;
  readonly text: string;
  /** The name under which a script lies on the host, and by which scripts are ordered. */
  readonly fileName: string;
  /** `Merge-Type` or `X-Merge-Type`. */
  readonly mergeType?: string;
}

/** Source: cloudinit/handlers/__init__.py INCLUSION_TYPES_MAP, and cloudinit/user_data.py. */
const FORMS = new Set([
  ...Object.values(MIME_TYPES),
  "text/plain",
  "text/x-not-multipart",
  "text/x-shellscript-per-boot",
  "text/x-shellscript-per-instance",
  "text/x-shellscript-per-once",
]);

/** How often taking a document apart looks at each character, the deepest nesting counted. */
const LOOKS = 8;

function formOfType(type: string): string {
  return FORMS.has(type) ? type : "other";
}

/** Takes user data apart as cloud-init does. What is no part, or cannot be read, is said. */
export function partsOf(text: string, findings: Findings, budget: Budget): Part[] {
  const parts: Part[] = [];
  budget.look(LOOKS * text.length);
  for (const one of userParts(text, archiveReader(budget), { open: (packed) => budget.open(packed) })) {
    const place = { part: parts.length + 1, line: 1 };
    if ("problem" in one) {
      findings.unknownAt(one.problem, place);
      continue;
    }
    budget.spend(8);
    budget.look(2 * one.text.length);
    parts.push({
      number: place.part,
      type: one.type,
      form: formOfType(one.type),
      text: one.text,
      fileName: cleanFileName(one.fileName ?? "") || `part-${String(place.part).padStart(3, "0")}`,
      ...(one.mergeType === undefined ? {} : { mergeType: one.mergeType }),
    });
    if (one.header("launch-index") !== undefined) {
      findings.unknownAt("launch-index", place);
    }
  }
  return parts;
}

function archiveReader(budget: Budget): ReadArchive {
  return (text) => {
    const root = readYaml(text, 1, budget);
    if (typeof root === "string" || root.kind !== "list") {
      return typeof root === "string" ? root : "invalid-yaml";
    }
    const entries: (ArchiveEntry | undefined)[] = [];
    for (const item of root.items) {
      const found = entryOf(item);
      if (found === "ends") {
        return "invalid-yaml";
      }
      entries.push(found);
    }
    return entries;
  };
}

/** Undefined for what cloud-init passes over; `ends` for what it fails at, and gives up all of the user data for. */
function entryOf(item: Node): ArchiveEntry | undefined | "ends" {
  const alone = textOf(item);
  if (alone !== undefined) {
    return { text: alone, header: () => undefined };
  }
  if (item.kind !== "map") {
    return undefined;
  }
  const text = contentOf(item);
  const type = typeOf(item);
  const fileName = entry(item, "filename");
  const headers = headersOf(item);
  if (
    text === undefined ||
    type === "ends" ||
    headers === undefined ||
    (fileName && textOf(fileName) === undefined)
  ) {
    return "ends";
  }
  const binary = entry(item, "content")?.kind === "scalar" && textOf(entry(item, "content")) === undefined;
  const mergeType = mergeTypeOf(headers);
  return {
    text,
    ...(binary && { type: typeByBeginning(text) ?? "application/octet-stream" }),
    ...type,
    ...(fileName === undefined ? {} : { fileName: textOf(fileName) ?? "" }),
    ...(mergeType === undefined ? {} : { mergeType }),
    header: (name) => headers.find(([given]) => given.toLowerCase() === name)?.[1],
  };
}

function contentOf(item: MapNode): string | undefined {
  const node = entry(item, "content");
  if (node?.kind === "scalar" && Buffer.isBuffer(node.value)) {
    const decoded = decodeUtf8(node.value);
    return "text" in decoded ? decoded.text : undefined;
  }
  return node === undefined ? "" : textOf(node);
}

function typeOf(item: MapNode): { readonly type?: string } | "ends" {
  const node = entry(item, "type");
  const type = textOf(node);
  if (node === undefined || type === "" || (node.kind === "scalar" && node.value === null)) {
    return {};
  }
  return type?.includes("/") === true ? { type: type.toLowerCase() } : "ends";
}

/** Keys of an entry that cloud-init makes no header of, or writes down whatever they are. */
const NO_HEADER =
  /^(?:content|filename|type|launch-index|content-disposition|content-type|number-attachments)$/i;

/** The other keys of an entry are headers of its part; undefined where one of them is no text. */
function headersOf(item: MapNode): MimeHeaders | undefined {
  const headers: [string, string][] = [];
  for (const [name, value] of item.entries) {
    const isNothing = value.kind === "scalar" && value.value === null;
    if (value.kind === "scalar" && /^launch-index$/i.test(name)) {
      headers.push([name, value.text]);
    } else if (!NO_HEADER.test(name)) {
      const text = isNothing ? "" : textOf(value);
      if (text === undefined || name.startsWith("\0")) {
        return undefined;
      }
      headers.push([name, text]);
    }
  }
  return headers;
}
