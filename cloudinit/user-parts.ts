import { decodeUtf8 } from "./decode";
import { isTakenForMime, MIME_TYPES, typeByBeginning } from "./form";
import { isGzipType, readMime, type Gunzip, type MimeLeaf, type MimeProblem } from "./mime-leaves";

/** A part of user data as cloud-init hands it to its handlers. */
export interface UserPart {
  /** What decides who handles it: its MIME type, or the one that its beginning tells. */
  readonly type: string;
  readonly text: string;
  /** As it is given; undefined where the part gets a name by its number. */
  readonly fileName?: string;
  /** What its headers say on how it is merged. */
  readonly mergeType?: string;
  /** The header of this lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Where it stands: `part 2`, `part 1 part 3`, `part 2 entry 1`; empty for user data that is one part. */
  readonly place: string;
}

/** A part that cloud-init cannot read, or not as it is meant. */
export interface PartTrouble {
  readonly problem:
    | MimeProblem
    | "part-encoding"
    | "damaged-gzip"
    | "not-utf8"
    /** An archive that is no YAML list. */
    | "invalid-yaml"
    /** Characters beyond ASCII in a MIME document without an encoding: Python garbles them. */
    | "not-ascii";
  readonly place: string;
}

/** An entry of a `#cloud-config-archive`. */
export interface ArchiveEntry {
  /** Undefined where it names none. */
  readonly type?: string;
  readonly text: string;
  readonly fileName?: string;
  readonly mergeType?: string;
  readonly header: (name: string) => string | undefined;
}

/** Reads the YAML of an archive: its entries in order, undefined for each that cloud-init passes over; or what is wrong with it. */
export type ReadArchive = (
  text: string,
  place: string,
) => readonly (ArchiveEntry | undefined)[] | PartTrouble["problem"];

/** How user data is taken apart. */
export interface UserPartsOptions {
  /** Whether it is taken for MIME. Default: as cloud-init does; what begins otherwise and only mentions it can be made a part of its own before. */
  readonly mime?: boolean;
  /** Opens the gzip of a part. Default: up to the limit of a reading. */
  readonly open?: Gunzip;
}

/** Types that say nothing: the beginning of the content decides. Source: cloudinit/user_data.py TYPE_NEEDED. */
const BY_BEGINNING = new Set(["text/plain", "text/x-not-multipart", "text/x-shellscript"]);

/**
 * Takes user data apart as cloud-init does, before any handler comes to it. Includes stay what they are, and so do archives within
 * archives, which cloud-init does not open. Source: cloudinit/user_data.py UserDataProcessor.
 *
 * @param text decoded user data
 */
export function userParts(
  text: string,
  readArchive: ReadArchive,
  { mime = isTakenForMime(text), open }: UserPartsOptions = {},
): (UserPart | PartTrouble)[] {
  const attached = (part: UserPart): readonly (UserPart | PartTrouble)[] =>
    part.type === MIME_TYPES["cloud-config-archive"] ? entriesOf(part, readArchive) : [part];
  if (!mime) {
    const type = typeByBeginning(text) ?? "text/x-not-multipart";
    return [...attached({ type, text, header: () => undefined, place: "" })];
  }
  return readMime(text, open).flatMap((leaf): readonly (UserPart | PartTrouble)[] => {
    const place = leaf.path.map((number) => `part ${number}`).join(" ");
    if ("problem" in leaf) {
      return [{ problem: leaf.problem, place }];
    }
    const part = partOf(leaf, place);
    return "problem" in part ? [part] : attached(part);
  });
}

function partOf(
  { type, content, garbled, header, fileName, mergeType }: MimeLeaf,
  place: string,
): UserPart | PartTrouble {
  if ("problem" in content) {
    return { problem: content.problem, place };
  }
  if (!type.startsWith("text/") && !isGzipType(type)) {
    // Not for cloud-init, which knows none of these: others, such as EKS's nodeadm, decode it in their own way.
    return { type, text: content.toString("utf8"), header, place };
  }
  if (garbled) {
    return { problem: "not-ascii", place };
  }
  const decoded = decodeUtf8(content);
  if ("place" in decoded) {
    return { problem: "not-utf8", place };
  }
  const { text } = decoded;
  const given = isGzipType(type) ? "text/plain" : type;
  return {
    type: (BY_BEGINNING.has(given) ? typeByBeginning(text) : undefined) ?? given,
    text,
    ...(fileName === undefined ? {} : { fileName }),
    ...(mergeType === undefined ? {} : { mergeType }),
    header,
    place,
  };
}

function entriesOf({ text, place }: UserPart, readArchive: ReadArchive): readonly (UserPart | PartTrouble)[] {
  const entries = readArchive(text, place);
  if (typeof entries === "string") {
    return [{ problem: entries, place }];
  }
  return entries.flatMap((entry, index) => {
    if (entry === undefined) {
      return [];
    }
    const { type, text: content, fileName, mergeType, header } = entry;
    return [
      {
        type: type ?? typeByBeginning(content) ?? MIME_TYPES["cloud-config"],
        text: content,
        ...(fileName === undefined ? {} : { fileName }),
        ...(mergeType === undefined ? {} : { mergeType }),
        header,
        place: `${place} entry ${index + 1}`.trim(),
      },
    ];
  });
}
