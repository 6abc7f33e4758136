/** Which tool reads the file: systemd-sysctl (systemd 252, at boot) or sysctl (procps 4.0.2). They split and strip differently. */
export type Dialect = "systemd" | "procps";

/** One line as the tool sees it, before anything is stripped. */
export interface SourceLine {
  /** 1-based, counted in `\n` as editors and procps do. (systemd's own messages count a lone CR or NUL as a line end as well.) */
  readonly line: number;
  readonly text: string;
  /** Set when procps cut the line at a NUL byte and lost the rest. */
  readonly cutAtNul?: boolean;
}

export interface SplitText {
  readonly lines: readonly SourceLine[];
  /** The line at which the tool gave up: nothing from there on is read. */
  readonly stoppedAt?: number;
}

/** systemd gives a file up at a line of this many bytes. Source: systemd 252 `LONG_LINE_MAX`, `read_line_full()`. */
export const SYSTEMD_LINE_LIMIT = 1024 * 1024;

export function splitLines(text: string, dialect: Dialect): SplitText {
  return dialect === "systemd" ? splitAsSystemd(text) : splitAsProcps(text);
}

/**
 * Line feed, carriage return and NUL each end a line. (systemd takes `\r\n` and the like for one end, which only matters to its own
 * count of lines: an empty line says nothing.) Source: systemd 252 `read_line_full()`.
 */
function splitAsSystemd(text: string): SplitText {
  const lines: SourceLine[] = [];
  let line = 1;
  let start = 0;
  for (let end = 0; end <= text.length; end++) {
    const code = end < text.length ? text.charCodeAt(end) : LINE_FEED;
    if (code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== 0) continue;
    const content = text.slice(start, end);
    if (utf8Reaches(content, SYSTEMD_LINE_LIMIT)) return { lines, stoppedAt: line };
    if (content !== "") lines.push({ line, text: content });
    if (code === LINE_FEED) line++;
    start = end + 1;
  }
  return { lines };
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Only a line feed ends a line, of any length; what follows a NUL inside a line is invisible to C string functions. */
function splitAsProcps(text: string): SplitText {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return {
    lines: lines.map((content, index) => {
      const nul = content.indexOf("\0");
      const line = index + 1;
      return nul < 0 ? { line, text: content } : { line, text: content.slice(0, nul), cutAtNul: true };
    }),
  };
}

/** Whether the text has at least `limit` bytes in UTF-8. */
function utf8Reaches(text: string, limit: number): boolean {
  if (text.length >= limit) return true;
  if (text.length * 3 < limit) return false;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes >= limit;
}
