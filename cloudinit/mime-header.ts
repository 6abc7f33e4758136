/** The headers of a MIME document or part, as they are written. */
export type MimeHeaders = readonly (readonly [name: string, value: string])[];

/** Longer values are no header that anybody writes: no more of them is looked at. */
const VALUE_LIMIT = 4096;

/** The first header of the name in any case, folded lines and all; undefined where there is none. */
export function headerValue(headers: MimeHeaders, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([given]) => given.toLowerCase() === wanted)?.[1].slice(0, VALUE_LIMIT);
}

/**
 * How a part's headers say that it is merged. cloud-init puts the headers into a Python dict: the spelling counts, and of two of one name the
 * last. Source: cloudinit/handlers/__init__.py walk(), handlers/cloud_config.py.
 */
export function mergeTypeOf(headers: MimeHeaders): string | undefined {
  const last = new Map(headers);
  const found = last.get("Merge-Type") ?? "";
  const value = found === "" ? last.get("X-Merge-Type") : found;
  return value === undefined || value === "" ? undefined : value.slice(0, VALUE_LIMIT);
}

/** The type without its parameters, in lower case; undefined where none is given. Source: email/message.py get_content_type(). */
export function contentType(headers: MimeHeaders): string | undefined {
  const value = headerValue(headers, "content-type");
  if (value === undefined) {
    return undefined;
  }
  const type = (value.split(";", 1)[0] ?? "").trim().toLowerCase();
  return type.split("/").length === 2 ? type : "text/plain";
}

/** The file name that a part gives itself; undefined or empty where it gives none. Source: email/message.py get_filename(). */
export function fileNameOf(headers: MimeHeaders): string | undefined {
  const found =
    parameterOf(headers, "content-disposition", "filename") ?? parameterOf(headers, "content-type", "name");
  return found?.trim();
}

/** The boundary of a multipart; undefined where it names none. Source: email/message.py get_boundary(). */
export function boundaryOf(headers: MimeHeaders): string | undefined {
  return parameterOf(headers, "content-type", "boundary")?.trimEnd();
}

/** A parameter of a header's value, in any of its spellings: quoted, in pieces, percent-encoded. */
function parameterOf(headers: MimeHeaders, header: string, parameter: string): string | undefined {
  const value = headerValue(headers, header);
  if (value === undefined) {
    return undefined;
  }
  const pieces = new Map<string, Piece[]>();
  const [, ...given] = splitParameters(value);
  for (const [name, text] of given) {
    const continued = /^(\w+)\*(?:(\d+)\*?)?$/.exec(name);
    if (continued?.[1] === undefined) {
      if (name === parameter) {
        // Quotes are taken off twice: once in each of the functions that a value goes through.
        return unquote(unquote(text));
      }
      continue;
    }
    const number = continued[2] === undefined ? -1 : Number(continued[2]);
    const piece: Piece = { number, text: unquote(text), encoded: name.endsWith("*") };
    pieces.set(continued[1], [...(pieces.get(continued[1]) ?? []), piece]);
  }
  const found = pieces.get(parameter);
  return found && joined(found);
}

/** A piece of a value that RFC 2231 lets be given in several. */
interface Piece {
  readonly number: number;
  readonly text: string;
  readonly encoded: boolean;
}

/** Source: email/utils.py decode_params(), collapse_rfc2231_value(). */
function joined(pieces: readonly Piece[]): string {
  const inOrder = [...pieces].sort((a, b) => a.number - b.number);
  const text = inOrder.map((piece) => (piece.encoded ? percentDecoded(piece.text) : piece.text)).join("");
  if (!inOrder.some(({ encoded }) => encoded)) {
    return unquote(text);
  }
  const [charset, , ...rest] = text.split("'");
  if (charset === undefined || rest.length === 0) {
    return text;
  }
  const bytes = Buffer.from(rest.join("'"), "latin1");
  return /^(?:utf-?8)$/i.test(charset) ? bytes.toString("utf8") : bytes.toString("latin1");
}

/** Each percent sign and two digits as the character of that number. */
function percentDecoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Name and value of what semicolons outside of quotes divide. Source: email/message.py _parseparam(). */
function splitParameters(value: string): [name: string, text: string][] {
  const found: [string, string][] = [];
  let start = 0;
  let open = false;
  for (let at = 0; at <= value.length; at++) {
    const sign = value[at];
    if (sign === '"' && (at === start || value[at - 1] !== "\\")) {
      open = !open;
    }
    if (at === value.length || (sign === ";" && !open)) {
      const piece = value.slice(start, at);
      const equals = piece.indexOf("=");
      found.push(
        equals < 0
          ? [piece.trim().toLowerCase(), ""]
          : [piece.slice(0, equals).trim().toLowerCase(), piece.slice(equals + 1).trim()],
      );
      start = at + 1;
      open = false;
    }
  }
  return found;
}

/** Source: email/utils.py unquote(). */
function unquote(text: string): string {
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) {
    return text.slice(1, -1).replaceAll("\\\\", "\\").replaceAll('\\"', '"');
  }
  return text.length > 1 && text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1) : text;
}
