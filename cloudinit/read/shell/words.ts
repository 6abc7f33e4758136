import { HOLE } from "../source";
import { Cursor } from "./cursor";
import type { Segment, Word } from "./syntax";
import { Trouble } from "./trouble";

/** What ends a word, unless it is quoted. */
export const BREAKS = new Set([" ", "\t", "\n", "|", "&", ";", "<", ">", "(", ")"]);

/** Reads a word, of which there is at least one character. */
export function readWord(cursor: Cursor): Word {
  const { line } = cursor;
  const found = new Segments(false);
  for (;;) {
    const { here } = cursor;
    if (here === undefined) {
      break;
    }
    if (atProcessSubstitution(cursor)) {
      found.add(readProcessSubstitution(cursor));
    } else if (here === "(" && /^[A-Za-z_]\w*\+?=$/.test(found.pending)) {
      cursor.onlyBash = true;
      cursor.position++;
      cursor.skipNested(")");
      found.add({ kind: "hole", why: "variable" });
    } else if (BREAKS.has(here)) {
      break;
    } else if (here === "'") {
      found.add({ kind: "text", text: cursor.takeSingleQuoted(), quoted: true });
    } else if (here === '"') {
      cursor.position++;
      found.add(...readDoubleQuoted(cursor));
    } else if (here === "\\") {
      readEscaped(cursor, found);
    } else if (here === "$" || here === "`") {
      readExpansion(cursor, found);
    } else {
      found.pending += here;
      cursor.position++;
    }
  }
  return { segments: found.all(), line };
}

/** The text of a here-document whose delimiter is not quoted. */
export function documentText(text: string, line: number): Word {
  return { segments: readExpanded(new Cursor(text, line), undefined), line };
}

/** `<(...)` and `>(...)`, which are words. */
export function atProcessSubstitution(cursor: Cursor): boolean {
  return (cursor.here === "<" || cursor.here === ">") && cursor.following === "(";
}

/** The text of a word that is nothing but unquoted text, such as a reserved word. */
export function plainText(word: Word): string | undefined {
  const segment = word.segments.length === 1 ? word.segments[0] : undefined;
  return segment?.kind === "text" && !segment.quoted ? segment.text : undefined;
}

/** The pieces of a word, in order. */
class Segments {
  /** The text since the last piece that is no such text. */
  pending = "";
  private readonly found: Segment[] = [];

  constructor(private readonly quoted: boolean) {}

  add(...segments: readonly Segment[]): void {
    this.found.push(...this.rest(), ...segments);
    this.pending = "";
  }

  all(): Segment[] {
    return [...this.found, ...this.rest()];
  }

  private rest(): Segment[] {
    return this.pending === "" ? [] : [{ kind: "text", text: this.pending, quoted: this.quoted }];
  }
}

/** A line end behind a backslash is nothing; the end of the text is a backslash. */
function readEscaped(cursor: Cursor, found: Segments): void {
  const escaped = cursor.following;
  cursor.position += 2;
  if (escaped === "\n") {
    cursor.line++;
  } else {
    found.add({ kind: "text", text: escaped ?? "\\", quoted: true });
  }
}

/** From behind the first quote to behind the second. */
function readDoubleQuoted(cursor: Cursor): readonly Segment[] {
  const segments = readExpanded(cursor, '"');
  return segments.length > 0 ? segments : [{ kind: "text", text: "", quoted: true }];
}

/** Text in which nothing but expansions and some escapes stand for something else, to behind its end. */
function readExpanded(cursor: Cursor, end: '"' | undefined): Segment[] {
  const { line } = cursor;
  const escapable = `$\`\\\n${end ?? ""}`;
  const found = new Segments(true);
  for (;;) {
    const { here } = cursor;
    if (here === end) {
      cursor.position++;
      return found.all();
    }
    if (here === undefined) {
      throw new Trouble(line);
    }
    if (here === "\\" && escapable.includes(cursor.following ?? "x")) {
      const escaped = cursor.following ?? "";
      cursor.position += 2;
      if (escaped === "\n") {
        cursor.line++;
      } else {
        found.pending += escaped;
      }
    } else if (here === "$" || here === "`") {
      readExpansion(cursor, found, true);
    } else {
      if (here === "\n") {
        cursor.line++;
      }
      found.pending += here;
      cursor.position++;
    }
  }
}

/** What `$` or a backquote begins, or a `$` that stands for itself. */
function readExpansion(cursor: Cursor, found: Segments, quoted = false): void {
  const expansion = expansionAt(cursor, quoted);
  if (expansion === undefined) {
    // Apart from what stands before it, which is no name with it.
    found.add();
    found.pending = "$";
  } else {
    found.add(expansion);
  }
}

function expansionAt(cursor: Cursor, quoted: boolean): Segment | undefined {
  const { line } = cursor;
  if (cursor.here === "`") {
    const start = ++cursor.position;
    cursor.skipToQuote("`");
    const text = cursor.since(start).replace(/\\([$`\\])/g, "$1");
    return { kind: "hole", why: "command-substitution", code: { text, line } };
  }
  switch (cursor.following) {
    case "(": {
      const start = (cursor.position += 2);
      cursor.skipNested(")");
      const text = cursor.since(start);
      return text.startsWith("(") && text.endsWith(")")
        ? { kind: "hole", why: "command-substitution", arithmetic: text.slice(1, -1) }
        : { kind: "hole", why: "command-substitution", code: { text, line } };
    }
    case "{": {
      const start = (cursor.position += 2);
      cursor.skipNested("}");
      const inner = cursor.since(start);
      return /^(?:[A-Za-z_]\w*|[0-9]|[@*])$/.test(inner)
        ? { kind: "variable", name: inner, quoted }
        : { kind: "hole", why: "variable", braces: inner };
    }
    case "'":
    case '"':
      return quoted ? variableAt(cursor, quoted) : readBashQuoted(cursor);
    default:
      return variableAt(cursor, quoted);
  }
}

function variableAt(cursor: Cursor, quoted: boolean): Segment | undefined {
  const name = /^(?:[A-Za-z_]\w{0,200}|[0-9@*#?$!-])/.exec(
    cursor.text.slice(cursor.position + 1, cursor.position + 203),
  )?.[0];
  cursor.position += 1 + (name?.length ?? 0);
  return name === undefined ? undefined : { kind: "variable", name, quoted };
}

/** `$'...'` and `$"..."`, which are bash's alone. */
function readBashQuoted(cursor: Cursor): Segment {
  const isAnsi = cursor.following === "'";
  const start = (cursor.position += 2);
  if (!isAnsi) {
    readDoubleQuoted(cursor);
    return { kind: "hole", why: "shells-differ" };
  }
  cursor.skipToQuote("'");
  const bash = ansiText(cursor.since(start));
  return { kind: "hole", why: "shells-differ", ...(bash === undefined ? {} : { bash }) };
}

function readProcessSubstitution(cursor: Cursor): Segment {
  const { line } = cursor;
  cursor.onlyBash = true;
  const start = (cursor.position += 2);
  cursor.skipNested(")");
  return { kind: "hole", why: "command-substitution", code: { text: cursor.since(start), line } };
}

/** What bash reads in `$'...'`; undefined where a backslash stands before anything unusual. */
function ansiText(text: string): string | undefined {
  const plain = text.replace(/\\([\s\S]?)/g, (_, escaped: string) => ANSI_ESCAPES[escaped] ?? HOLE);
  return plain.includes(HOLE) ? undefined : plain;
}

const ANSI_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", "'": "'", '"': '"' };
