import type { Finding } from "../backlog/finding";

/** The schema of the report that this version reads. */
export const REPORT_SCHEMA = "listen-backlog-report/1";

/** A wanted setting, and what the host has. */
export interface ReportedSetting {
  readonly key: string;
  readonly wanted: string;
  /** What `/proc/sys` says now; empty if the host does not show the key. */
  readonly live: string;
  /** What `sysctl` says now; empty if the host has no such command or key. */
  readonly sysctl: string;
  /** What the next boot sets; empty if nothing does. */
  readonly persisted: string;
  /** The file that sets it at the next boot. */
  readonly file: string;
  readonly line: number | null;
  /** Whether live and persisted are as wanted. */
  readonly holds: boolean;
}

/** A listening socket of a declared service. */
export interface ReportedSocket {
  /** Address and port as `ss` prints them. */
  readonly local: string;
  /** Connections in its accept queue at that moment. */
  readonly recvQ: number;
  /** Effective backlog. */
  readonly sendQ: number;
}

export interface ReportedService {
  readonly name: string;
  readonly port: number;
  readonly wanted: number;
  /** Whether it listens, and every socket has the wanted effective backlog. */
  readonly holds: boolean;
  readonly sockets: readonly ReportedSocket[];
}

/** What the probe saw on one host. */
export interface ProbeReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly host: string;
  readonly verdict: "as-declared" | "not-as-declared";
  readonly mode: string;
  readonly kernel: string;
  readonly cloudInit: string;
  readonly settings: readonly ReportedSetting[];
  readonly services: readonly ReportedService[];
  readonly findings: readonly Finding[];
  /** What it could not look at, and why. */
  readonly unseen: readonly string[];
}

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
  const line = output.split("\n").find((candidate) => candidate.startsWith("{"));
  if (line === undefined) {
    throw new ReportError("the host sent no report; the probe may have been cut short");
  }
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    throw new ReportError("the host sent a report that is not whole; it may have been cut short");
  }
  if (!isRecord(document) || document.schema !== REPORT_SCHEMA) {
    throw new ReportError(`the host sent a report of another schema; this version reads ${REPORT_SCHEMA}`);
  }
  if (document.verdict === "unknown") {
    throw new ReportError(isPrintable(document.reason) ? document.reason : "the probe could not look");
  }
  if (!isReport(document)) {
    throw new ReportError("the host sent a report with a field missing or of another type");
  }
  return document;
}

function isReport(document: Record<string, unknown>): document is Record<string, unknown> & ProbeReport {
  return (
    (document.verdict === "as-declared" || document.verdict === "not-as-declared") &&
    hasStrings(document, "host", "kernel", "cloudInit") &&
    (document.mode === "exact" || document.mode === "at-least") &&
    isListOf(
      document.settings,
      (item) =>
        hasStrings(item, "key", "wanted", "live", "sysctl", "persisted", "file") &&
        (item.line === null || isCount(item.line)) &&
        typeof item.holds === "boolean",
    ) &&
    isListOf(document.services, isService) &&
    isListOf(document.findings, isFinding) &&
    // A verdict that its own findings contradict is none.
    (document.verdict === "as-declared") === (document.findings.length === 0) &&
    Array.isArray(document.unseen) &&
    document.unseen.every(isPrintable)
  );
}

function isFinding(item: Record<string, unknown>): boolean {
  return (
    hasStrings(item, "rule", "subject", "wanted", "got", "cause", "fix") &&
    (item.severity === "error" || item.severity === "warning" || item.severity === "info")
  );
}

function isService(item: Record<string, unknown>): boolean {
  return (
    hasStrings(item, "name") &&
    hasNumbers(item, "port", "wanted") &&
    typeof item.holds === "boolean" &&
    isListOf(item.sockets, (socket) => hasStrings(socket, "local") && hasNumbers(socket, "recvQ", "sendQ"))
  );
}

function isListOf(
  value: unknown,
  holds: (item: Record<string, unknown>) => boolean,
): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.every((item: unknown) => isRecord(item) && holds(item));
}

function hasStrings(record: Record<string, unknown>, ...fields: string[]): boolean {
  return fields.every((field) => isPrintable(record[field]));
}

/** The probe sends nothing else, and what a host sends must not reach a terminal as anything else. */
function isPrintable(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}

/** JSON can also say 1.5, -1 and 1e999. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function hasNumbers(record: Record<string, unknown>, ...fields: string[]): boolean {
  return fields.every((field) => isCount(record[field]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
