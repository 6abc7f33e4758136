import { isRecord } from "../backlog/record";
import { NoDocument, readDocument } from "../probe/document";

/** The schema of the answer that this version reads. */
export const APPLY_SCHEMA = "listen-backlog-apply/1";

/** A setting, as the host had it and has it now. */
export interface AppliedSetting {
  readonly key: string;
  /** What the host was given: the declared value, or in `at-least` mode a higher one that was there already. */
  readonly wanted: string;
  /** The live value before. */
  readonly was: string;
}

const VERDICTS = ["changed", "unchanged", "planned", "restored", "failed", "refused"] as const;

/** What the apply script did on one host. */
export interface ApplyReport {
  readonly schema: typeof APPLY_SCHEMA;
  readonly host: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly mode: string;
  /** The path of our file. */
  readonly file: string;
  readonly settings: readonly AppliedSetting[];
  /** What was done, or would be, and what was left alone: in order, for people. */
  readonly steps: readonly string[];
  /** Why it failed or was refused; empty otherwise. */
  readonly reason: string;
}

/** The output of an apply script that is no answer. */
export class ApplyReportError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "ApplyReportError";
  }
}

/**
 * Reads the output of the apply script: a line for people, then one JSON document. The host made it, so nothing in it is
 * believed before it was looked at.
 *
 * @throws {@link ApplyReportError} if it is not an answer of this schema
 */
export function parseApplyReport(output: string): ApplyReport {
  const document = wholeDocument(output);
  if (!isReport(document)) {
    throw new ApplyReportError("the host sent an answer with a field missing or of another type");
  }
  return document;
}

function wholeDocument(output: string): Record<string, unknown> {
  try {
    return readDocument(output, { what: "an answer", schema: APPLY_SCHEMA });
  } catch (error) {
    throw error instanceof NoDocument ? new ApplyReportError(error.message) : error;
  }
}

function isReport(document: Record<string, unknown>): document is Record<string, unknown> & ApplyReport {
  const { settings, steps } = document;
  return (
    hasTexts(document, "host", "mode", "file", "reason") &&
    VERDICTS.some((verdict) => verdict === document.verdict) &&
    Array.isArray(settings) &&
    settings.every((item: unknown) => isRecord(item) && hasTexts(item, "key", "wanted", "was")) &&
    Array.isArray(steps) &&
    steps.every(isText)
  );
}

function hasTexts(record: Record<string, unknown>, ...fields: string[]): boolean {
  return fields.every((field) => isText(record[field]));
}

/** What a host sends must not reach a terminal as anything but text. */
function isText(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}
