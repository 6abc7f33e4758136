import { formOf, MIME_TYPES } from "../form";
import { decodeUtf8 } from "../decode";
import { DEPTH_LIMIT as MIME_DEPTH, readMime } from "../mime-read";
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

interface Raw {
  /** Undefined where the part names none. */
  readonly type: string | undefined;
  readonly text: string;
  readonly fileName?: string | undefined;
  readonly header: (name: string) => string | undefined;
}

const NO_HEADER = (): undefined => undefined;
/** Types that say nothing: the first line of the content decides. Source: cloudinit/user_data.py TYPE_NEEDED. */
const TYPE_NEEDED = new Set(["text/plain", "text/x-not-multipart", "text/x-shellscript"]);
const ARCHIVE_LIMIT = 4;
/** Source: cloudinit/handlers/__init__.py INCLUSION_TYPES_MAP, and cloudinit/user_data.py. */
const FORMS = new Set([
  ...Object.values(MIME_TYPES),
  ...TYPE_NEEDED,
  "text/x-shellscript-per-boot",
  "text/x-shellscript-per-instance",
  "text/x-shellscript-per-once",
]);

function formOfType(type: string): string {
  return FORMS.has(type) ? type : "other";
}

/** Takes user data apart as cloud-init does. What is no part, or cannot be read, is said. */
export function partsOf(text: string, findings: Findings, budget: Budget): Part[] {
  const parts: Part[] = [];
  const attach = (raw: Raw, depth: number): void => {
    budget.spend(8);
    budget.look(2 * raw.text.length);
    const place = { part: parts.length + 1, line: 1 };
    const type =
      raw.type === undefined || TYPE_NEEDED.has(raw.type) ? (typeOf(raw.text) ?? raw.type) : raw.type;
    if (type === MIME_TYPES["cloud-config-archive"]) {
      if (depth >= ARCHIVE_LIMIT) {
        findings.unknownAt("nested-too-deep", place);
        return;
      }
      explode(raw.text, depth);
      return;
    }
    parts.push({
      number: place.part,
      type: type ?? "text/x-not-multipart",
      form: formOfType(type ?? "text/x-not-multipart"),
      text: raw.text,
      fileName: cleanName(raw.fileName) ?? `part-${String(place.part).padStart(3, "0")}`,
      ...mergeTypeOf(raw),
    });
    if (raw.header("launch-index") !== undefined) {
      findings.unknownAt("launch-index", place);
    }
  };
  const explode = (archive: string, depth: number): void => {
    const root = readYaml(archive, parts.length + 1, budget);
    if (typeof root === "string" || root.kind !== "list") {
      findings.unknownAt(typeof root === "string" ? root : "invalid-yaml", {
        part: parts.length + 1,
        line: 1,
      });
      return;
    }
    for (const item of root.items) {
      const content = textOf(item) ?? textOf(entry(item, "content"));
      if (content === undefined) {
        continue;
      }
      const type = textOf(entry(item, "type")) ?? typeOf(content) ?? "text/cloud-config";
      const header = (name: string): string | undefined =>
        item.kind === "map"
          ? textOf([...item.entries].find(([key]) => key.toLowerCase() === name)?.[1])
          : undefined;
      attach(
        { type: type.toLowerCase(), text: content, fileName: textOf(entry(item, "filename")), header },
        depth + 1,
      );
    }
  };
  // Source: cloudinit/user_data.py convert_string().
  if (!/mime-version:/i.test(text.slice(0, 4096))) {
    attach({ type: undefined, text, header: NO_HEADER }, 0);
    return parts;
  }
  budget.look(MIME_DEPTH * text.length);
  for (const leaf of readMime(text, (packed) => budget.open(packed))) {
    const place = { part: parts.length + 1, line: 1 };
    if ("problem" in leaf) {
      findings.unknownAt(leaf.problem, place);
      continue;
    }
    const { content, type, header, fileName } = leaf;
    if ("problem" in content) {
      findings.unknownAt(content.problem, place);
      continue;
    }
    const decoded = decodeUtf8(content);
    if ("place" in decoded) {
      findings.unknownAt("not-utf8", place);
      continue;
    }
    const gzip = type.startsWith("application/") && /gz|compress|gunzip/.test(type);
    attach({ type: gzip ? undefined : type, text: decoded.text, fileName, header }, 0);
  }
  return parts;
}

/** The type that the first line tells: case and leading white space do not matter. Source: handlers/__init__.py type_from_starts_with(). */
function typeOf(text: string): string | undefined {
  const head = text.slice(0, 4096).trimStart().slice(0, 64).toLowerCase();
  if (head.startsWith("#cloud-config-jsonp")) {
    return "text/cloud-config-jsonp";
  }
  const form = formOf(head);
  return form === undefined || form === "mime" ? undefined : MIME_TYPES[form];
}

function mergeTypeOf(raw: Raw): { readonly mergeType?: string } {
  const mergeType = raw.header("merge-type") ?? raw.header("x-merge-type");
  return mergeType === undefined || mergeType === "" ? {} : { mergeType };
}

/** Source: cloudinit/util.py clean_filename(). */
function cleanName(name: string | undefined): string | undefined {
  const clean = name?.replaceAll("/", "_").replace(/[^A-Za-z0-9_.()-]/g, "");
  return clean === "" ? undefined : clean;
}
