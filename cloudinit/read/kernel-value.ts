import { SETTINGS } from "../../backlog/settings";

/** What the kernel makes of a value that is written to a key. `unclear` depends on more than the text shows. */
export type KernelAnswer = "takes" | "refuses" | "unclear";

const RANGES = new Map<string, { readonly min: bigint; readonly max: bigint }>(
  SETTINGS.map(({ key, kernelMin, kernelMax }) => [key, { min: kernelMin, max: kernelMax }]),
);

/** The keys of which the range is known; a glob of a sysctl file can reach these, and keys that the user data names. */
export const KNOWN_KEYS: readonly string[] = [...RANGES.keys()];

/** What lies below /proc/sys: a key of anything else exists nowhere. Source: the kernel's `register_sysctl` calls. */
const ROOTS =
  /^(?:abi|crypto|debug|dev|fs|fscache|kernel|lnet|lustre|net|pm|s390dbf|sunrpc|user|vm|xen)\.[^.]/;

/** Whether a dotted key can name a setting of the kernel. What cannot may be any text of the user's, and does nothing. */
export function isSettingKey(key: string): boolean {
  return ROOTS.test(key);
}

const NUMBERS = /^-?\d{1,20}(?:[ \t]{1,8}-?\d{1,20}){0,15}$/;
const NAMES = /^[a-z][a-z0-9_]{0,14}(?: [a-z][a-z0-9_]{0,14}){0,15}$/;
/** The keys of which the value is no number and cannot be a secret either. */
const WORDED: ReadonlyMap<string, RegExp> = new Map([
  ["net.core.default_qdisc", NAMES],
  ["net.ipv4.tcp_congestion_control", NAMES],
  ["net.ipv4.tcp_allowed_congestion_control", NAMES],
  ["net.ipv4.ip_local_reserved_ports", /^\d{1,5}(?:[,-]\d{1,5}){0,200}$/],
]);

/**
 * Whether a value may be shown: numbers, and the names of the few keys that take names. Any other text may be a secret, and some keys take
 * secrets (`net.ipv4.tcp_fastopen_key`, `stable_secret`).
 */
export function isPlainValue(key: string, value: string): boolean {
  return NUMBERS.test(value) || WORDED.get(key)?.test(value) === true;
}

/** Decimal numbers of the keys that we know are judged; every other key takes what is plain, as far as this reader knows. */
export function kernelAnswer(key: string, value: string): KernelAnswer {
  const range = RANGES.get(key);
  if (range === undefined) {
    return isPlainValue(key, value) ? "takes" : "unclear";
  }
  if (/^-?(?:0|[1-9]\d{0,18})$/.test(value)) {
    const number = BigInt(value);
    return number >= range.min && number <= range.max ? "takes" : "refuses";
  }
  // Octal, hexadecimal, several numbers: it depends on the key. Longer than any of its numbers, or no number at all: refused.
  return /^-?[1-9]\d{19,}$|^[^\d\s+-]|^[1-9]\d*[^\d\s]/.test(value) ? "refuses" : "unclear";
}
