import { gunzipSync } from "node:zlib";
import { READ_LIMIT } from "./limits";

/** What user data was wrapped in, outermost first. */
export type Wrapping = "base64" | "gzip";

/** Why bytes could not be turned into text. */
export type DecodeFailure =
  /** More than {@link READ_LIMIT} bytes, before or after decompression. `place` is undefined. */
  | "too-long"
  /** Only characters of base64, and yet not base64: EC2 would take it for plain text. `place` counts characters from 1. */
  | "wrong-base64"
  /** Base64 of base64: only one layer is ever taken off. `place` is undefined. */
  | "base64-twice"
  /** Gzip that ends too early. `place` is undefined. */
  | "truncated-gzip"
  /** Gzip whose data or checksum is wrong. `place` is undefined. */
  | "damaged-gzip"
  /** Bytes that are no UTF-8. `place` counts bytes from 1. */
  | "not-utf8";

/** Text with what it was wrapped in, or the reason why there is none. */
export type Decoded =
  | { readonly ok: true; readonly text: string; readonly wrappings: readonly Wrapping[] }
  | { readonly ok: false; readonly failure: DecodeFailure; readonly place?: number };

export type Bytes =
  { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly failure: DecodeFailure };

/**
 * Opens user data as EC2 and cloud-init do: text that is valid base64 is decoded once (EC2 takes it for encoded already), and
 * gzip is decompressed once (cloud-init does that). Total: whatever comes in, an answer comes out, in linear time.
 */
export function decodeUserData(userData: string | Uint8Array): Decoded {
  if (userData.length > READ_LIMIT) {
    return { ok: false, failure: "too-long" };
  }
  if (typeof userData !== "string") {
    return openBytes(Buffer.from(userData), []);
  }
  const bytes = userData === "" ? undefined : decodeBase64(userData);
  if (bytes) {
    return openBytes(bytes, ["base64"]);
  }
  const place = wrongBase64(userData);
  return place === undefined
    ? { ok: true, text: userData, wrappings: [] }
    : { ok: false, failure: "wrong-base64", place };
}

/**
 * The bytes of valid base64, undefined of anything else. As strict as the decoder that decides for EC2 (Go's StdEncoding): line
 * breaks may stand anywhere, other white space nowhere, and padding is needed.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = text.replace(/[\r\n]/g, "");
  return joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined)
    ? Buffer.from(joined, "base64")
    : undefined;
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses gzip, and stops at `limit` bytes: a few kilobytes of it can hold gigabytes. */
export function gunzip(bytes: Uint8Array, limit = READ_LIMIT): Bytes {
  try {
    return { ok: true, bytes: gunzipSync(bytes, { maxOutputLength: limit }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      return { ok: false, failure: "too-long" };
    }
    return { ok: false, failure: code === "Z_BUF_ERROR" ? "truncated-gzip" : "damaged-gzip" };
  }
}

/** The text of UTF-8 bytes. A byte order mark stays: cloud-init does not take it off either. */
export function decodeUtf8(bytes: Uint8Array): { readonly text: string } | { readonly place: number } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // Decoded leniently and encoded again, the first wrong byte is where the two differ.
    const again = Buffer.from(Buffer.from(bytes).toString("utf8"), "utf8");
    const place = again.findIndex((byte, index) => byte !== bytes[index]);
    return { place: (place < 0 ? again.length : place) + 1 };
  }
}

function openBytes(bytes: Buffer, outer: readonly Wrapping[]): Decoded {
  const gzip = isGzip(bytes);
  const opened: Bytes = gzip ? gunzip(bytes) : { ok: true, bytes };
  if (!opened.ok) {
    return opened;
  }
  const decoded = decodeUtf8(opened.bytes);
  if ("place" in decoded) {
    return { ok: false, failure: "not-utf8", place: decoded.place };
  }
  // Nothing that cloud-init knows is valid base64: each of its forms begins with a character that base64 does not have.
  if (/^[A-Za-z0-9+/]{8}/.test(decoded.text) && decodeBase64(decoded.text)) {
    return { ok: false, failure: "base64-twice" };
  }
  return { ok: true, text: decoded.text, wrappings: gzip ? [...outer, "gzip"] : outer };
}

/** Where text that was meant as base64 stops being it; undefined where it was not meant so. */
function wrongBase64(text: string): number | undefined {
  // Long runs of the alphabet and nothing else but a few strangers: words of a script are shorter than its 40 characters.
  if (!/^[A-Za-z0-9+/]{40}/.test(text.replace(/\s+/g, ""))) {
    return undefined;
  }
  const stranger = text.search(/[^A-Za-z0-9+/=\r\n]|=(?![=\r\n]*$)/);
  return (stranger < 0 ? text.length : stranger) + 1;
}
