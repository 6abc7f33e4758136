import { NoDocument, readDocument } from "./document";
import { REPORT_SCHEMA, type ProbeDocument, type ProbeReport } from "./report";
import { isProbeDocument } from "./report-shape";

/** The output of a probe that is not a report: what could not be looked at, or what came instead. */
export class ReportError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "ReportError";
  }
}

/**
 * Reads the output of a probe: a line for people, then one JSON document. The host made it, so nothing in it is believed
 * before it was looked at.
 *
 * @throws {@link ReportError} if the probe could not look, or the output is not a report of this schema
 */
export function parseReport(output: string): ProbeReport {
  const document = parseDocument(output);
  if (document.verdict === "unknown") {
    throw new ReportError(document.reason);
  }
  return document;
}

/**
 * The same for a caller that also wants what a probe saw which could not decide.
 *
 * @throws {@link ReportError} if the output is not a report of this schema
 */
export function parseDocument(output: string): ProbeDocument {
  const document = wholeDocument(output);
  if (!isProbeDocument(document)) {
    throw new ReportError(
      document.verdict === "unknown"
        ? "the probe could not look"
        : "the host sent a report with a field missing or of another type",
    );
  }
  return document;
}

function wholeDocument(output: string): Record<string, unknown> {
  try {
    return readDocument(output, { what: "a report", schema: REPORT_SCHEMA });
  } catch (error) {
    throw error instanceof NoDocument ? new ReportError(error.message) : error;
  }
}
