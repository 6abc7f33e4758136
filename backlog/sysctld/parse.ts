import { pathOfSpelling, simplifyPath, swapSeparators } from "./key";
import { splitLines, type Dialect } from "./lines";

export type { Dialect } from "./lines";

/** One line of a sysctl.d file that says something about a key (or about the keys that a glob matches). */
export interface SysctlEntry {
  /** 1-based line number, see {@link SourceLine.line}. */
  readonly line: number;
  /** Canonical dotted key: `net.core.somaxconn`, `net.ipv4.conf.eth0/100.rp_filter`; a glob stays a glob. */
  readonly key: string;
  /** The path below `/proc/sys` as this tool forms it: systemd simplifies it, procps keeps repeated separators and `..`. */
  readonly path: string;
  /** The line as the tool read it, without its line end. */
  readonly raw: string;
  /** The value as the tool would write it; `undefined` for an exclusion (`-key` alone). */
  readonly value: string | undefined;
  /** `-key = value`: failures to write are not errors. */
  readonly ignoreErrors: boolean;
  /** The key has one of `* ? [`. */
  readonly glob: boolean;
  /** `-key` alone: globs leave this key alone. In systemd it also cancels an assignment of exactly this key or glob. */
  readonly excluded: boolean;
}

export type DiagnosticReason =
  /** No `=`: the tool reports the line and goes on. */
  | "not-an-assignment"
  /** Nothing that names a key: the tool tries to write to a directory, fails and goes on. */
  | "no-key"
  /** The file begins with U+FEFF: both tools take it for part of the first line, which is thereby lost. */
  | "byte-order-mark"
  /** procps: the rest of the line after a NUL byte is lost. */
  | "nul-byte"
  /** systemd: a line of 1 MiB or more; it and the rest of the file are not read. */
  | "line-too-long"
  /** The key was assigned before in this file. */
  | "duplicate";

export interface SysctlDiagnostic {
  readonly line: number;
  readonly reason: DiagnosticReason;
}

export interface ParsedSysctlFile {
  readonly entries: readonly SysctlEntry[];
  readonly diagnostics: readonly SysctlDiagnostic[];
}

/**
 * Reads a sysctl.d file as the tool of the dialect does. Total: no text makes it throw, and its time is linear in the text.
 * A bad line costs that line alone, as in the real tools.
 * Source: systemd 252 `parse_file()`, procps 4.0.2 `Preload()` and `parse_setting_line()`.
 */
export function parseSysctlFile(text: string, dialect: Dialect): ParsedSysctlFile {
  const entries: SysctlEntry[] = [];
  const diagnostics: SysctlDiagnostic[] = [];
  const assigned = new Set<string>();
  const split = splitLines(text, dialect);
  const parseLine = dialect === "systemd" ? parseSystemdLine : parseProcpsLine;

  if (text.startsWith("\uFEFF")) diagnostics.push({ line: 1, reason: "byte-order-mark" });
  for (const { line, text: raw, cutAtNul } of split.lines) {
    if (cutAtNul === true) diagnostics.push({ line, reason: "nul-byte" });
    const parsed = parseLine(raw);
    if (parsed === undefined) continue;
    if (typeof parsed === "string") {
      diagnostics.push({ line, reason: parsed });
      continue;
    }
    const canonical = simplifyPath(parsed.path);
    if (canonical === "") {
      diagnostics.push({ line, reason: "no-key" });
      continue;
    }
    const { path, value, ignoreErrors } = parsed;
    const key = swapSeparators(canonical);
    if (value !== undefined) {
      if (assigned.has(key)) diagnostics.push({ line, reason: "duplicate" });
      assigned.add(key);
    }
    entries.push({
      line,
      key,
      path: dialect === "systemd" ? canonical : path,
      raw,
      value,
      ignoreErrors,
      glob: /[*?[]/.test(path),
      excluded: value === undefined,
    });
  }
  if (split.stoppedAt !== undefined) diagnostics.push({ line: split.stoppedAt, reason: "line-too-long" });
  return { entries, diagnostics };
}

/** The explicit keys of a file and their values, the last assignment winning: what a file of plain assignments means. */
export function settingsOf(parsed: ParsedSysctlFile): Record<string, string> {
  const settings = new Map<string, string>();
  for (const entry of parsed.entries) {
    if (entry.value !== undefined && !entry.glob) settings.set(entry.key, entry.value);
  }
  return Object.fromEntries(settings);
}

interface ParsedLine {
  readonly path: string;
  readonly value: string | undefined;
  readonly ignoreErrors: boolean;
}

const strip = (text: string): string => trimEndOf(trimStartOf(text, " \t\n\r"), " \t\n\r");

function parseSystemdLine(raw: string): ParsedLine | DiagnosticReason | undefined {
  const text = strip(raw);
  if (text === "" || text.startsWith("#") || text.startsWith(";")) return undefined;
  const minus = text.startsWith("-");
  const equals = text.indexOf("=");
  if (equals < 0 && !minus) return "not-an-assignment";
  const key = strip(text.slice(minus ? 1 : 0, equals < 0 ? undefined : equals));
  return {
    path: pathOfSpelling(key),
    value: equals < 0 ? undefined : strip(text.slice(equals + 1)),
    ignoreErrors: minus && equals >= 0,
  };
}

/** C's isspace() in the C and UTF-8 locales. */
const C_SPACE = " \t\n\v\f\r";

function parseProcpsLine(raw: string): ParsedLine | DiagnosticReason | undefined {
  const text = trimStartOf(raw, C_SPACE);
  if (text === "" || text.startsWith("#") || text.startsWith(";")) return undefined;
  const minus = text.startsWith("-");
  const equals = text.indexOf("=");
  if (equals < 0 && !minus) return "not-an-assignment";
  // White space between "-" and the key stays part of the key, and names nothing that exists.
  const key = rstripAsProcps(text.slice(minus ? 1 : 0, equals < 0 ? undefined : equals));
  return {
    // A second "-" is skipped as well, but only for the path.
    path: pathOfSpelling(key.startsWith("-") ? key.slice(1) : key),
    value: equals < 0 ? undefined : rstripAsProcps(trimStartOf(text.slice(equals + 1), C_SPACE)),
    ignoreErrors: minus && equals >= 0,
  };
}

/** procps' rstrip() never removes the first character, even when it is a space. */
function rstripAsProcps(text: string): string {
  return text === "" ? text : text.charAt(0) + trimEndOf(text.slice(1), C_SPACE);
}

function trimStartOf(text: string, blanks: string): string {
  let start = 0;
  while (start < text.length && blanks.includes(text.charAt(start))) start++;
  return text.slice(start);
}

function trimEndOf(text: string, blanks: string): string {
  let end = text.length;
  while (end > 0 && blanks.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
