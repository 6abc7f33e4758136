/** Most characters of a pattern. */
export const PATTERN_MAX_LENGTH = 512;

/**
 * Whether a text matches a pattern as a whole: `*` stands for any characters, `?` for one, everything else for itself. Not a
 * regular expression, which could be made to take forever: this takes no more steps than the product of the two lengths.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") {
    p++;
  }
  return p === pattern.length;
}

/** What patterns are held against. */
export interface Named {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/**
 * Whether a pattern means a resource. One with `::` means its URN (`urn:pulumi:prod::*`), one with `:` its type
 * (`aws:ec2/instance:*`), any other its name (`legacy-*`).
 */
export function meansResource(pattern: string, { urn, type, name }: Named): boolean {
  return matchesPattern(pattern, pattern.includes("::") ? urn : pattern.includes(":") ? type : name);
}
