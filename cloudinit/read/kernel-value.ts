import { SETTINGS } from "../../backlog/settings";

/** What the kernel makes of a value that is written to a key. `unclear` depends on more than the text shows. */
export type KernelAnswer = "takes" | "refuses" | "unclear";

const RANGES = new Map<string, { readonly min: bigint; readonly max: bigint }>(
  SETTINGS.map(({ key, kernelMin, kernelMax }) => [key, { min: kernelMin, max: kernelMax }]),
);

/** The keys of which the range is known; a glob of a sysctl file can reach these, and keys that the user data names. */
export const KNOWN_KEYS: readonly string[] = [...RANGES.keys()];

/** Decimal numbers of the keys that we know are judged; every other key takes what it is given, as far as this reader knows. */
export function kernelAnswer(key: string, value: string): KernelAnswer {
  const range = RANGES.get(key);
  if (range === undefined) {
    return "takes";
  }
  if (/^-?(?:0|[1-9]\d{0,18})$/.test(value)) {
    const number = BigInt(value);
    return number >= range.min && number <= range.max ? "takes" : "refuses";
  }
  // Octal, hexadecimal, several numbers: it depends on the key. Longer than any of its numbers, or no number at all: refused.
  return /^-?[1-9]\d{19,}$|^[^\d\s+-]|^[1-9]\d*[^\d\s]/.test(value) ? "refuses" : "unclear";
}
