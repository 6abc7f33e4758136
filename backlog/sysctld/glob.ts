/**
 * glob(7) as glibc's `glob()` and `fnmatch()` do it in the C locale, on plain strings: what both tools use for keys, and procps also
 * for the names of its files. Written so that no pattern takes exponential time.
 */

/** Whether a tool treats the text as a glob. Source: `GLOB_CHARS` in systemd and procps; braces alone do not make one. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

type Token =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "set"; readonly negated: boolean; readonly has: (char: string) => boolean };

/** A pattern for one path component. */
export interface ComponentPattern {
  /** The exact name when the component has no wildcard. */
  readonly literal: string | undefined;
  readonly matches: (name: string) => boolean;
}

const NEVER: ComponentPattern = { literal: undefined, matches: () => false };

/** No name is longer than 255 bytes; a pattern far beyond that is an attack on the matcher and matches nothing. */
export const COMPONENT_LIMIT = 4096;

export function compileComponent(pattern: string): ComponentPattern {
  if (pattern.length > COMPONENT_LIMIT) return NEVER;
  const tokens = tokenize(pattern);
  if (tokens === undefined) return NEVER;
  if (tokens.every((token) => token.kind === "char")) {
    const literal = tokens.map((token) => token.char).join("");
    return { literal, matches: (name) => name === literal };
  }
  // FNM_PERIOD: only a literal dot matches the dot of a hidden name.
  const [first] = tokens;
  const dotAllowed = first?.kind === "char" && first.char === ".";
  return {
    literal: undefined,
    matches: (name) => (dotAllowed || !name.startsWith(".")) && matchTokens(tokens, Array.from(name)),
  };
}

function matchTokens(tokens: readonly Token[], name: readonly string[]): boolean {
  let t = 0;
  let n = 0;
  // Where to resume when the characters after the last star do not fit: at most |tokens| * |name| steps in total.
  let starToken = -1;
  let starName = 0;
  while (n < name.length) {
    const token = tokens[t];
    if (token?.kind === "star") {
      starToken = t++;
      starName = n;
    } else if (token !== undefined && matchesOne(token, name[n] ?? "")) {
      t++;
      n++;
    } else if (starToken >= 0) {
      t = starToken + 1;
      n = ++starName;
    } else {
      return false;
    }
  }
  while (tokens[t]?.kind === "star") t++;
  return t === tokens.length;
}

function matchesOne(token: Token, char: string): boolean {
  switch (token.kind) {
    case "star":
      return false;
    case "any":
      return true;
    case "char":
      return token.char === char;
    case "set":
      return token.has(char) !== token.negated;
  }
}

/** `undefined` when the pattern can match nothing (a trailing backslash, an unknown character class). */
function tokenize(pattern: string): readonly Token[] | undefined {
  const chars = Array.from(pattern);
  const tokens: Token[] = [];
  // Beyond the last "]" no bracket can close; knowing it keeps a run of "[" linear.
  const lastClose = chars.lastIndexOf("]");
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? "";
    if (char === "*") {
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
    } else if (char === "?") {
      tokens.push({ kind: "any" });
    } else if (char === "\\") {
      const escaped = chars[++i];
      if (escaped === undefined) return undefined;
      tokens.push({ kind: "char", char: escaped });
    } else if (char === "[" && i < lastClose) {
      const bracket = parseBracket(chars, i + 1);
      if (bracket === "invalid") return undefined;
      if (bracket === undefined) {
        tokens.push({ kind: "char", char });
      } else {
        tokens.push(bracket.token);
        i = bracket.end;
      }
    } else {
      tokens.push({ kind: "char", char });
    }
  }
  return tokens;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // eslint-disable-next-line no-control-regex -- the class is about control characters
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/**
 * A bracket expression from the character after its `[`. `undefined` when it never closes: then the `[` is an ordinary character.
 */
function parseBracket(
  chars: readonly string[],
  start: number,
): { token: Token; end: number } | "invalid" | undefined {
  let i = start;
  const negated = chars[i] === "!" || chars[i] === "^";
  if (negated) i++;
  const tests: ((char: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    let char = chars[i];
    if (char === undefined) return undefined;
    if (char === "]" && !first) break;
    if (char === "[" && chars[i + 1] === ":") {
      const close = chars.findIndex((c, at) => at > i + 1 && c === ":" && chars[at + 1] === "]");
      const name = close < 0 ? undefined : chars.slice(i + 2, close).join("");
      if (name !== undefined && /^[a-z]{1,32}$/.test(name)) {
        const test = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
        if (test === undefined) return "invalid";
        tests.push((c) => test.test(c));
        i = close + 2;
        continue;
      }
    }
    if (char === "\\") {
      char = chars[++i];
      if (char === undefined) return undefined;
    }
    const low = char;
    i++;
    if (chars[i] === "-" && chars[i + 1] !== undefined && chars[i + 1] !== "]") {
      i++;
      if (chars[i] === "\\") i++;
      const high = chars[i];
      if (high === undefined) return undefined;
      i++;
      tests.push((c) => codePoint(low) <= codePoint(c) && codePoint(c) <= codePoint(high));
    } else {
      tests.push((c) => c === low);
    }
  }
  return { token: { kind: "set", negated, has: (c) => tests.some((test) => test(c)) }, end: i };
}

function codePoint(char: string): number {
  return char.codePointAt(0) ?? 0;
}

/** More alternatives than this are not followed: `{a,b}` repeated n times would mean 2^n patterns. */
export const BRACE_LIMIT = 1024;
const BRACE_CHARACTERS_LIMIT = 1024 * 1024;

export interface BraceExpansion {
  /** In the order of the alternatives. The pattern itself when it has no valid brace expression. */
  readonly patterns: readonly string[];
  /** More than {@link BRACE_LIMIT} alternatives: the rest is missing here, while the tool would go through them. */
  readonly truncated: boolean;
}

/** `a{b,c}d` to `abd`, `acd`, as `GLOB_BRACE` does. A single alternative (`{b}`) expands as well; unbalanced braces are ordinary. */
export function expandBraces(pattern: string): BraceExpansion {
  const done: string[] = [];
  // A stack with the next alternative on top keeps the order of the alternatives.
  const pending = [pattern];
  let steps = 0;
  let characters = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const alternatives = expandFirstBrace(next);
    if (alternatives === undefined) {
      done.push(next);
      continue;
    }
    steps += alternatives.length;
    characters += alternatives.length * next.length;
    if (steps > BRACE_LIMIT || characters > BRACE_CHARACTERS_LIMIT)
      return { patterns: done, truncated: true };
    pending.push(...alternatives.map((build) => build()).reverse());
  }
  return { patterns: done, truncated: false };
}

function expandFirstBrace(pattern: string): (() => string)[] | undefined {
  const open = findUnescaped(pattern, 0, (char) => char === "{");
  if (open < 0) return undefined;
  const cuts = [open];
  let depth = 0;
  const close = findUnescaped(pattern, open + 1, (char, at) => {
    if (char === "{") depth++;
    else if (char === "}") return depth-- === 0;
    else if (char === "," && depth === 0) cuts.push(at);
    return false;
  });
  if (close < 0) return undefined;
  cuts.push(close);
  const before = pattern.slice(0, open);
  const after = pattern.slice(close + 1);
  return cuts
    .slice(0, -1)
    .map((cut, index) => () => before + pattern.slice(cut + 1, cuts[index + 1]) + after);
}

function findUnescaped(text: string, from: number, found: (char: string, at: number) => boolean): number {
  for (let i = from; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\\") i++;
    else if (found(char, i)) return i;
  }
  return -1;
}
