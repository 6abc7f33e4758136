import { MIME_TYPES } from "../form";
import { cleanFileName } from "../script-name";
import { userParts, type ArchiveEntry, type ReadArchive, type UserPart } from "../user-parts";
import type { Budget } from "./budget";
import type { Findings } from "./machine";
import { entry, readYaml, textOf } from "./yaml";

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
      ...mergeTypeOf(one),
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
    return root.items.map((item): ArchiveEntry | undefined => {
      const content = textOf(item) ?? textOf(entry(item, "content"));
      if (content === undefined) {
        return undefined;
      }
      const type = textOf(entry(item, "type"))?.toLowerCase();
      const fileName = textOf(entry(item, "filename"));
      return {
        text: content,
        ...(type === undefined ? {} : { type }),
        ...(fileName === undefined ? {} : { fileName }),
        header: (name) =>
          item.kind === "map"
            ? textOf([...item.entries].find(([key]) => key.toLowerCase() === name)?.[1])
            : undefined,
      };
    });
  };
}

function mergeTypeOf({ header }: UserPart): { readonly mergeType?: string } {
  const mergeType = header("merge-type") ?? header("x-merge-type");
  return mergeType === undefined || mergeType === "" ? {} : { mergeType };
}
