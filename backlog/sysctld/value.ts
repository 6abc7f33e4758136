import { showGiven, type InputProblem } from "../finding";

/** The longest value that is accepted, in characters. */
export const VALUE_MAX_LENGTH = 1024;

/**
 * The strict grammar of a value: words of ASCII letters, digits and `_ . , : + @ / -` with single spaces between them. No newline,
 * NUL, `#`, `;`, `=`, quote, backslash, `$` or anything outside ASCII can pass, so a value never changes its line's meaning, neither in
 * a sysctl.d file nor in a shell or YAML text that carries it.
 */
const VALUE = /^[A-Za-z0-9_.,:+@/-]+(?: [A-Za-z0-9_.,:+@/-]+)*$/;

/** Whether the text is a value that may be written to a sysctl.d file. Whether the kernel takes it is another question. */
export function isValue(text: string): boolean {
  return text.length <= VALUE_MAX_LENGTH && VALUE.test(text);
}

/** The text of a value: an integer in decimal, or a string that matches the grammar; `undefined` for anything else. */
export function valueText(given: unknown): string | undefined {
  if (typeof given === "number") return Number.isSafeInteger(given) ? String(given) : undefined;
  return typeof given === "string" && isValue(given) ? given : undefined;
}

/** What is wrong with a user's value at `path` of the input, or `undefined` when it is sound. */
export function valueProblem(path: string, given: unknown): InputProblem | undefined {
  if (valueText(given) !== undefined) return undefined;
  return {
    path,
    given: showGiven(given),
    allowed: `an integer, or words of ASCII letters, digits and "_ . , : + @ / -" with single spaces between (at most ${VALUE_MAX_LENGTH} characters)`,
    fix: 'the value alone, without quotes or comment, for example 4096 or "4096 87380 6291456"',
  };
}
