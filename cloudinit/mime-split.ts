/** A multipart document taken apart by its outermost boundary, as Python's email package does it. */
export interface SplitDocument {
  /** Undefined where the document is not multipart, or names no boundary. */
  readonly boundary?: string;
  readonly multipart: boolean;
  /** The parts, headers and all, without the line break before the next boundary. */
  readonly parts: readonly string[];
  /** Where the closing boundary begins; undefined where the document is cut short before it. */
  readonly closedAt?: number;
}

/** @param document a MIME document: headers, an empty line, a body */
export function splitMime(document: string): SplitDocument {
  const { headers, end } = headerOf(document);
  const type = /^content-type:(.*)$/im.exec(headers)?.[1] ?? "";
  if (!/^[ \t]*multipart\//i.test(type)) {
    return { multipart: false, parts: [document] };
  }
  const found = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]+)"|([^";\s]+))/i.exec(type);
  const boundary = found?.[1]?.trimEnd() ?? found?.[2];
  if (boundary === undefined) {
    return { multipart: true, parts: [] };
  }
  const parts: string[] = [];
  let start: number | undefined;
  for (const match of document.slice(end).matchAll(/(?<=^|[\r\n])([^\r\n]*)(\r\n|\r|\n|$)/g)) {
    const line = match[1] ?? "";
    const rest = line.startsWith(`--${boundary}`) ? line.slice(boundary.length + 2) : undefined;
    if (rest === undefined || !/^(?:--)?[ \t]*$/.test(rest)) {
      continue;
    }
    const at = end + match.index;
    if (start !== undefined) {
      parts.push(document.slice(start, at).replace(/(?:\r\n|\r|\n)$/, ""));
    }
    if (rest.startsWith("--")) {
      return { multipart: true, boundary, parts, closedAt: at };
    }
    start = at + match[0].length;
  }
  if (start !== undefined) {
    parts.push(document.slice(start));
  }
  return { multipart: true, boundary, parts };
}

/** The headers of a document or part, folded lines joined; where they end; and what follows. */
export function headerOf(document: string): { headers: string; end: number; body: string } {
  const gap = /^(?:\r\n|\r|\n)|\r\n\r\n|\n\n|\r\r|\n\r\n/.exec(document);
  const end = gap ? gap.index + gap[0].length : document.length;
  return {
    headers: document.slice(0, end).replace(/(?:\r\n|\r|\n)[ \t]+/g, " "),
    end,
    body: document.slice(end),
  };
}
