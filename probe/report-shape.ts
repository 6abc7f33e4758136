import { isRecord } from "../backlog/record";
import type { ProbeDocument } from "./report";

/**
 * Whether a document has the shape that `report.schema.json` describes; a property test holds the two against each other.
 * Fields that neither knows are let through, so that this version reads what a later one adds.
 */
export function isProbeDocument(
  document: Record<string, unknown>,
): document is Record<string, unknown> & ProbeDocument {
  if (document.verdict === "unknown") {
    return isText(document.host) && isReason(document.reason) && hasShape(document, PARTS, false);
  }
  return (
    (document.verdict === "as-declared" || document.verdict === "not-as-declared") &&
    isText(document.host) &&
    hasShape(document, PARTS, true) &&
    // A verdict that its own findings contradict is none.
    (document.verdict === "as-declared") ===
      (Array.isArray(document.findings) && document.findings.length === 0)
  );
}

type Check = (value: unknown) => boolean;

/** The fields of an object: those of which the name ends with `?` may be left out. */
type Shape = Readonly<Record<string, Check>>;

/** The probe sends nothing else, and what a host sends must not reach a terminal as anything else. */
const isText: Check = (value) => typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
const isReason: Check = (value) => isText(value) && value !== "";
/** JSON can also say 1.5, -1 and 1e999. */
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isBoolean: Check = (value) => typeof value === "boolean";
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && allowed.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const object =
  (shape: Shape): Check =>
  (value) =>
    isRecord(value) && hasShape(value, shape, true);

function hasShape(record: Record<string, unknown>, shape: Shape, whole: boolean): boolean {
  return Object.entries(shape).every(([field, check]) => {
    const optional = field.endsWith("?");
    const name = optional ? field.slice(0, -1) : field;
    return Object.hasOwn(record, name) ? check(record[name]) : optional || !whole;
  });
}

const FINDING = object({
  rule: isText,
  severity: oneOf("error", "warning", "info"),
  subject: isText,
  wanted: isText,
  got: isText,
  cause: isText,
  fix: isText,
});

const SETTING = object({
  key: isText,
  wanted: isText,
  live: isText,
  sysctl: isText,
  persisted: isText,
  file: isText,
  line: orNull(isCount),
  "changed?": orNull(isCount),
  "losers?": listOf(object({ file: isText, line: isCount, value: isText })),
  "losersOmitted?": isCount,
  holds: orNull(isBoolean),
});

const SOCKET = object({
  local: isText,
  recvQ: orNull(isCount),
  sendQ: orNull(isCount),
  "namespace?": isText,
  "process?": isText,
  "pid?": isCount,
  "unit?": isText,
  "started?": isCount,
  "listeningSince?": oneOf("before-change", "after-change"),
  "openFiles?": isCount,
});

const isService: Check = (value) =>
  SERVICE(value) &&
  isRecord(value) &&
  // It listens somewhere.
  (value.port !== null || Object.hasOwn(value, "path"));

const SERVICE = object({
  name: isText,
  port: orNull(isCount),
  "path?": isText,
  "address?": isText,
  wanted: isCount,
  holds: orNull(isBoolean),
  "elsewhere?": isCount,
  "socketsOmitted?": isCount,
  sockets: listOf(SOCKET),
});

const NAMESPACE = object({
  namespace: isText,
  "pid?": isCount,
  somaxconn: orNull(isCount),
  counters: object({
    "ListenOverflows?": isCount,
    "ListenDrops?": isCount,
    "TCPReqQFullDoCookies?": isCount,
    "TCPReqQFullDrop?": isCount,
    "SyncookiesSent?": isCount,
  }),
});

const PARTS: Shape = {
  mode: oneOf("exact", "at-least"),
  kernel: isText,
  "os?": object({ id: isText, version: isText, name: isText }),
  "container?": isText,
  "uid?": isCount,
  "tools?": object({ ss: isBoolean, sysctl: isBoolean, stat: isBoolean, nsenter: isBoolean, awk: isText }),
  cloudInit: isText,
  settings: listOf(SETTING),
  services: listOf(isService),
  "namespaces?": listOf(NAMESPACE),
  findings: listOf(FINDING),
  "notes?": listOf(FINDING),
  unseen: listOf(isText),
  "omitted?": object({
    findings: isCount,
    notes: isCount,
    settings: isCount,
    services: isCount,
    sockets: isCount,
    namespaces: isCount,
    unseen: isCount,
  }),
};
