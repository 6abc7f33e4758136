import { boundaryOf, contentType, type MimeHeaders } from "./mime-header";

/** Documents in documents, deeper than anybody nests them: what is deeper is not looked at. */
const DEPTH_LIMIT = 20;

/** Why a multipart has no parts that cloud-init would come to. */
export type MimeProblem = "no-boundary" | "no-parts" | "nested-too-deep";

/** A MIME document or a part of one. */
export interface MimeEntity {
  readonly headers: MimeHeaders;
  /** Lower case, without parameters. */
  readonly type: string;
  readonly content:
    | { readonly kind: "leaf"; readonly payload: string }
    | {
        readonly kind: "parts";
        readonly parts: readonly MimeEntity[];
        readonly boundary?: string;
        /** Where in the text the line of the boundary before each part begins; none of a part that is a document by itself. */
        readonly startsAt?: readonly number[];
        /** Where in the text the line of the closing boundary begins; undefined where there is none. */
        readonly closedAt?: number;
      }
    | { readonly kind: "problem"; readonly problem: MimeProblem };
}

/**
 * Takes a MIME document apart exactly as Python's email package does, which cloud-init uses: its parser for text that comes in
 * pieces, with its leniency for what is not closed, not divided or not indented as it should be. Total, and linear in the text for
 * each level of nesting. Source: Lib/email/feedparser.py.
 */
export function parseMime(text: string): MimeEntity {
  return new MimeParser(text).entity("text/plain", 0);
}

interface Leaf {
  readonly kind: "leaf";
  payload: string;
}

/** A line of the text, or the empty one that the parser puts back where it found an end. */
type Line = { readonly text: string; readonly at: number } | "end";

class MimeParser {
  private readonly text: string;
  private at = 0;
  private readonly putBack: Line[] = [];
  /** What ends the parts that are being read, outermost first. */
  private readonly ends: ((line: string) => boolean)[] = [];
  /** The entity that was begun last, of which the line break before a boundary is taken off. */
  private last: Leaf | undefined;

  constructor(text: string) {
    this.text = text;
  }

  entity(defaultType: string, depth: number): MimeEntity {
    const payload: Leaf = { kind: "leaf", payload: "" };
    this.last = payload;
    const headers = this.headers();
    const type = contentType(headers) ?? defaultType;
    const whole = (content: MimeEntity["content"]): MimeEntity => ({ headers, type, content });
    const container = type.startsWith("multipart/") || type.startsWith("message/");
    if (container && depth >= DEPTH_LIMIT) {
      this.rest();
      return whole({ kind: "problem", problem: "nested-too-deep" });
    }
    if (type.startsWith("message/")) {
      return whole({ kind: "parts", parts: [this.entity("text/plain", depth + 1)] });
    }
    if (!type.startsWith("multipart/")) {
      // Whoever reads the parts around takes off the line break before their boundary.
      payload.payload = this.rest();
      return whole(payload);
    }
    this.last = undefined;
    const boundary = boundaryOf(headers);
    if (boundary === undefined) {
      this.rest();
      return whole({ kind: "problem", problem: "no-boundary" });
    }
    return whole(this.parts(boundary, type === "multipart/digest" ? "message/rfc822" : "text/plain", depth));
  }

  private parts(boundary: string, defaultType: string, depth: number): MimeEntity["content"] {
    const mark = `--${boundary}`;
    const divides = (line: string): "part" | "close" | undefined => {
      if (!line.startsWith(mark)) {
        return undefined;
      }
      const found = /^(--)?[ \t]*(?:\r\n|\r|\n)?$/.exec(line.slice(mark.length));
      return found ? (found[1] === undefined ? "part" : "close") : undefined;
    };
    const isBoundary = (line: string): boolean => divides(line) !== undefined;
    const parts: MimeEntity[] = [];
    const startsAt: number[] = [];
    let closedAt: number | undefined;
    for (let line = this.next(); line !== "end"; line = this.next()) {
      const found = divides(line.text);
      if (found === "close") {
        closedAt = line.at;
        break;
      }
      if (found === undefined) {
        // Before the first part.
        continue;
      }
      // Boundaries without anything between them divide once, a closing one among them too.
      let first = this.next();
      while (first !== "end" && isBoundary(first.text)) {
        first = this.next();
      }
      this.putBack.push(first);
      this.ends.push(isBoundary);
      startsAt.push(line.at);
      parts.push(this.entity(defaultType, depth + 1));
      if (this.last) {
        this.last.payload = this.last.payload.replace(/(?:\r\n|\r|\n)$/, "");
      }
      this.ends.pop();
      this.last = undefined;
    }
    this.rest();
    if (parts.length === 0) {
      return { kind: "problem", problem: "no-parts" };
    }
    return { kind: "parts", parts, boundary, startsAt, ...(closedAt === undefined ? {} : { closedAt }) };
  }

  private headers(): MimeHeaders {
    const lines: (Line & object)[] = [];
    for (let line = this.next(); line !== "end"; line = this.next()) {
      if (!/^(?:From |[\x21-\x39\x3b-\x7e]*:|[\t ])/.test(line.text)) {
        if (!/^[\r\n]/.test(line.text)) {
          this.putBack.push(line);
        }
        break;
      }
      lines.push(line);
    }
    const headers: [string, string][] = [];
    let open = false;
    for (const [index, line] of lines.entries()) {
      const { text } = line;
      const header = headers.at(-1);
      if (/^[\t ]/.test(text)) {
        if (open && header) {
          header[1] += text;
        }
        continue;
      }
      open = false;
      if (text.startsWith("From ")) {
        if (index > 0 && index === lines.length - 1) {
          // Probably the first line of the body.
          this.putBack.push(line);
        }
        continue;
      }
      const colon = text.indexOf(":");
      if (colon > 0) {
        headers.push([text.slice(0, colon), text.slice(colon + 1).replace(/^[ \t]+/, "")]);
        open = true;
      }
    }
    return headers.map(([name, value]) => [name, value.replace(/[\r\n]+$/, "")]);
  }

  /** All that is left before the next end. */
  private rest(): string {
    const lines: string[] = [];
    for (let line = this.next(); line !== "end"; line = this.next()) {
      lines.push(line.text);
    }
    return lines.join("");
  }

  /** The next line, with its line break; an end at the end of the text, and before a boundary of any document around. */
  private next(): Line {
    const line = this.putBack.pop() ?? this.read();
    if (line === "end") {
      return line;
    }
    if (this.ends.some((ends) => ends(line.text))) {
      this.putBack.push(line);
      return "end";
    }
    return line;
  }

  private read(): Line {
    if (this.at >= this.text.length) {
      return "end";
    }
    const lineBreak = /\r\n|\r|\n/g;
    lineBreak.lastIndex = this.at;
    const found = lineBreak.exec(this.text);
    const end = found ? found.index + found[0].length : this.text.length;
    const line = { text: this.text.slice(this.at, end), at: this.at };
    this.at = end;
    return line;
  }
}
