import { showGiven, type InputProblem } from "../finding";

/** The longest key that is accepted, in characters. A component of a `/proc/sys` path is at most 255 bytes; real keys stay below 100. */
export const KEY_MAX_LENGTH = 255;

const WORD = "[A-Za-z0-9_][A-Za-z0-9_:@+-]*";

/**
 * The strict grammar of a key from a user, in either spelling: words of ASCII letters, digits and `_ : @ + -`, joined by single
 * `.` or `/`. It has no place for white space, comments, `=`, a leading `-`, globs, `..`, quotes or anything outside ASCII, so a key
 * that matches means the same to every tool that reads sysctl.d files.
 */
const KEY_IN_ANY_SPELLING = new RegExp(`^${WORD}(?:[./]${WORD})+$`);

/** Swaps `.` and `/`: turns a dotted key into its path below `/proc/sys`, and back. */
export function swapSeparators(text: string): string {
  return text.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

/**
 * The path below `/proc/sys` that a spelling means, with the separators exactly as given: whichever of `.` and `/` comes first
 * separates components and the other one is part of a name (`net.ipv4.conf.eth0/100.rp_filter` is interface `eth0.100`).
 * Source: systemd 252 `sysctl_normalize()`, procps 4.0.2 `slashdot()`; both follow the same rule.
 */
export function pathOfSpelling(spelling: string): string {
  const first = /[./]/.exec(spelling);
  return first?.[0] === "." ? swapSeparators(spelling) : spelling;
}

/** Drops empty and `.` components of a path, as systemd's `path_simplify()` does; also the leading and the trailing `/`. */
export function simplifyPath(path: string): string {
  return path
    .split("/")
    .filter((component) => component !== "" && component !== ".")
    .join("/");
}

/** The canonical dotted form of any spelling, however odd; `""` when nothing is left. Never throws. */
export function dottedForm(spelling: string): string {
  return swapSeparators(simplifyPath(pathOfSpelling(spelling)));
}

/**
 * The canonical dotted key of a user's spelling, or `undefined` when it does not match the strict grammar (see
 * {@link keyProblem} for the message). `net/core/somaxconn` and `net.core.somaxconn` give the same key.
 */
export function canonicalKey(given: string): string | undefined {
  if (given.length > KEY_MAX_LENGTH || !KEY_IN_ANY_SPELLING.test(given)) return undefined;
  const dotted = swapSeparators(pathOfSpelling(given));
  // Nothing but directories lies directly below /proc/sys: a key has at least two components.
  return dotted.includes(".") ? dotted : undefined;
}

/** Whether two strictly valid spellings name the same key. A spelling outside the grammar equals nothing. */
export function sameKey(a: string, b: string): boolean {
  const key = canonicalKey(a);
  return key !== undefined && key === canonicalKey(b);
}

/** What is wrong with a user's key at `path` of the input, or `undefined` when it is sound. */
export function keyProblem(path: string, given: unknown): InputProblem | undefined {
  if (typeof given === "string" && canonicalKey(given) !== undefined) return undefined;
  return {
    path,
    given: showGiven(given),
    allowed: `a sysctl key: words of ASCII letters, digits and "_ : @ + -" joined by "." (at most ${KEY_MAX_LENGTH} characters)`,
    fix: 'the key as `sysctl -a` prints it, for example "net.core.somaxconn"',
  };
}
