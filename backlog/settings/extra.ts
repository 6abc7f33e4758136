import { showGiven, type InputProblem } from "../finding";
import { findSetting } from "./table";

/**
 * Keys outside `net.` that a server of many connections has a reason to set. The rest of `fs.`, `vm.` and all of
 * `kernel.` is refused, because that is where sysctl keys run programs (`kernel.core_pattern`, `kernel.modprobe`,
 * `fs.binfmt_misc.*`), act at once (`vm.drop_caches`) or weaken the host (`kernel.kptr_restrict`): a declaration of
 * listen backlogs must not be a way to any of these.
 */
export const EXTRA_KEYS_OUTSIDE_NET: readonly string[] = [
  "fs.aio-max-nr",
  "fs.epoll.max_user_watches",
  "fs.inotify.max_user_instances",
  "fs.inotify.max_user_watches",
  "kernel.pid_max",
  "kernel.threads-max",
  "vm.max_map_count",
  "vm.overcommit_memory",
  "vm.swappiness",
];

/** Longest key, in characters. */
const MAX_KEY_LENGTH = 128;
/** Most values on one line: the longest lists of the kernel's network keys have three. */
const MAX_WORDS = 8;

// Lower case only, dots only: `/` and upper case occur in interface names alone, which differ from host to host.
const KEY = /^net(?:\.[a-z0-9][a-z0-9_-]{0,63}){2,6}$/;
const WORD = /^(?:-?[0-9]{1,19}|[a-z][a-z0-9_-]{0,31})$/;

const ALLOWED_KEYS = `a lower-case dotted key under net., or one of ${EXTRA_KEYS_OUTSIDE_NET.join(", ")}`;
const ALLOWED_VALUES = `an integer, or 1 to ${MAX_WORDS} integers or lower-case words with one space between them`;

/**
 * Refuses a sysctl key under `settings.extra` that we do not carry, and a value that cannot be one.
 * Key: dotted lower case under `net.` (3 to 7 segments of letters, digits, `_` and `-`), or one of
 * {@link EXTRA_KEYS_OUTSIDE_NET}. A key with a name of its own is refused too: one value has one place.
 * Value: a safe integer, or a string of at most 8 integers or lower-case words with single spaces (`"4096 87380 6291456"`,
 * `"bbr"`). Nothing with a newline, `#`, `;`, `=`, NUL or a letter beyond ASCII can pass.
 * Whether the kernel knows the key and takes the value is for the host to say: an unknown key fails there.
 * @param path where the key stands, for the message: `settings.extra["net.ipv4.tcp_fin_timeout"]`
 * @returns the problem, or undefined if key and value can be used
 */
export function validateExtraSetting(key: string, value: unknown, path: string): InputProblem | undefined {
  return validateKey(key, path) ?? validateValue(value, path);
}

function validateKey(key: string, path: string): InputProblem | undefined {
  // The type says string; a JavaScript caller may still pass anything.
  const given: unknown = key;
  if (typeof given !== "string" || given.length > MAX_KEY_LENGTH) {
    return {
      path,
      given: showGiven(given),
      allowed: ALLOWED_KEYS,
      fix: "a key such as net.ipv4.tcp_fin_timeout",
    };
  }
  const named = findSetting(key) ?? findSetting(spelledWithDots(key));
  if (named !== undefined) {
    return {
      path,
      given: showGiven(key),
      allowed: "a key without a setting of its own",
      fix: `settings.${named.name}`,
    };
  }
  if (EXTRA_KEYS_OUTSIDE_NET.includes(key)) {
    return undefined;
  }
  if (!KEY.test(key)) {
    const dotted = spelledWithDots(key);
    return {
      path,
      given: showGiven(key),
      allowed: ALLOWED_KEYS,
      fix: KEY.test(dotted) ? dotted : "a sysctl.d file of your own for this key",
    };
  }
  if (key.endsWith(".flush")) {
    return {
      path,
      given: showGiven(key),
      allowed: "a key that holds a value",
      fix: "nothing: writing this key acts once and sets nothing",
    };
  }
  return undefined;
}

function spelledWithDots(key: string): string {
  return key.trim().toLowerCase().replaceAll("/", ".");
}

function validateValue(value: unknown, path: string): InputProblem | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return undefined;
  }
  if (typeof value === "string") {
    const words = value.split(" ", MAX_WORDS + 1);
    if (words.length <= MAX_WORDS && words.every((word) => WORD.test(word))) {
      return undefined;
    }
  }
  return {
    path,
    given: showGiven(value),
    allowed: ALLOWED_VALUES,
    fix: 'a value such as 30, "bbr" or "32768 60999"',
  };
}
