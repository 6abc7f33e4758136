/**
 * The bytes of a part's payload by its `Content-Transfer-Encoding`, as Python's email package, and so cloud-init, decodes it; undefined
 * for uuencode, which nobody uses. Source: email/message.py get_payload(), email/_encoded_words.py decode_b(), binascii.c.
 *
 * @param encoding the header's value as it is: Python does not know `base64 ` with a space behind it
 */
export function transferDecoded(payload: string, encoding: string | undefined): Buffer | undefined {
  switch ((encoding ?? "").toLowerCase()) {
    case "base64":
      return decodedBase64(rawBytes(payload.replace(/[\r\n]/g, "")));
    case "quoted-printable":
      return decodedQuotedPrintable(rawBytes(payload));
    case "uuencode":
    case "x-uuencode":
    case "uue":
    case "x-uue":
      return undefined;
    default:
      return rawBytes(payload);
  }
}

/** Python's bytes of text: the text itself where it is ASCII, and hardly what anybody meant where it is not. */
function rawBytes(text: string): Buffer {
  const bytes = text.replace(/[^\p{ASCII}\u0080-\u00ff]/gu, (sign) => {
    const code = (sign.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
  return Buffer.from(bytes, "latin1");
}

function decodedBase64(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const padded = text + "=".repeat((4 - (text.length % 4)) % 4);
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(padded)) {
    return Buffer.from(padded, "base64");
  }
  return lenientBase64(text) ?? lenientBase64(`${text}==`) ?? bytes;
}

/** Characters that are none of base64's are passed over, and all that follows the padding; undefined where digits are missing. */
export function lenientBase64(text: string): Buffer | undefined {
  let digits = "";
  let pads = 0;
  for (const sign of text) {
    if (sign === "=") {
      const inQuad = digits.length % 4;
      pads += inQuad >= 2 ? 1 : 0;
      if (inQuad >= 2 && inQuad + pads >= 4) {
        return Buffer.from(digits, "base64");
      }
    } else if (/[A-Za-z0-9+/]/.test(sign)) {
      digits += sign;
      pads = 0;
    }
  }
  return digits.length % 4 === 0 ? Buffer.from(digits, "base64") : undefined;
}

function decodedQuotedPrintable(bytes: Buffer): Buffer {
  const decoded = bytes
    .toString("latin1")
    .replace(/=(?:\n|\r[^\n]*(?:\n|$)|$|=|([0-9A-Fa-f]{2}))/g, (piece, hex?: string) =>
      hex === undefined ? (piece === "==" ? "=" : "") : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(decoded, "latin1");
}
