const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** A string as Go's `%q` prints it, which is how the real provider shows a command in its errors. */
export function goQuote(text: string): string {
  const quoted = Array.from(text, (character) => {
    const escape = ESCAPES[character];
    if (escape !== undefined) {
      return escape;
    }
    if (character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) {
      return character;
    }
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      return `\\x${code.toString(16).padStart(2, "0")}`;
    }
    return code < 0x10000
      ? `\\u${code.toString(16).padStart(4, "0")}`
      : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `"${quoted.join("")}"`;
}
