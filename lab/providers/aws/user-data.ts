import type { PlainProperties } from "../rpc/value";

/** EC2's limit, on the raw bytes before base64. */
export const USER_DATA_LIMIT = 16_384;

/**
 * The bytes that the instance gets; empty without user data. The real provider encodes `userData` once and passes on what
 * is base64 already: plain text that happens to be valid base64 arrives decoded.
 *
 * @returns undefined while the user data is not known.
 */
export function userDataBytes(inputs: PlainProperties): Buffer | undefined {
  const plain = inputs["userData"] ?? null;
  const encoded = inputs["userDataBase64"] ?? null;
  if (typeof encoded === "string") {
    return Buffer.from(encoded, "base64");
  }
  if (typeof plain === "string") {
    return isBase64(plain) ? Buffer.from(plain, "base64") : Buffer.from(plain, "utf8");
  }
  return plain === null && encoded === null ? Buffer.alloc(0) : undefined;
}

/** Whether Go's base64.StdEncoding would decode it: padded, line breaks allowed, nothing else. */
export function isBase64(text: string): boolean {
  const data = text.replace(/[\r\n]/g, "");
  return data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);
}

/** What EC2 says about bytes that are too many; undefined when they are not. */
export function refuseSize(bytes: Buffer): string | undefined {
  return bytes.length > USER_DATA_LIMIT
    ? `User data is limited to ${USER_DATA_LIMIT} bytes (these are ${bytes.length}, before base64)`
    : undefined;
}
