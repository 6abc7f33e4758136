import { showGiven, type InputProblem } from "../finding";
import { canonicalKey, keyProblem } from "../sysctld/key";
import { valueProblem } from "../sysctld/value";
import { findSetting, SETTINGS } from "./table";
import { validateSettingValue } from "./validate";

/** The settings that a declaration gives by name. Every other one goes under `settings.extra` by its sysctl key. */
const GIVEN_BY_NAME: readonly string[] = ["somaxconn", "tcpMaxSynBacklog", "tcpSyncookies"];

/**
 * Keys outside `net.` that a server of many connections has a reason to set, besides those of the table of settings. The rest of `fs.` and `vm.` and all else of
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

/**
 * Keys whose value only root may read on a host, because it is a secret. A declaration stands in a program, in the state, in commands
 * and in reports: not in them.
 */
const SECRET_KEY = /\.(?:tcp_fastopen_key|stable_secret)$/;

/** Most words of one value: the longest lists among the kernel's network keys have three. */
const MAX_WORDS = 8;

const KNOWN_OUTSIDE_NET = [
  ...SETTINGS.map(({ key }) => key).filter((key) => !key.startsWith("net.")),
  ...EXTRA_KEYS_OUTSIDE_NET,
];
const ALLOWED_KEYS = `a key under net., or one of ${KNOWN_OUTSIDE_NET.join(", ")}`;

/**
 * Refuses a sysctl key under `settings.extra` that we do not carry, and a value that cannot be one.
 * Key: by the grammar of {@link keyProblem}, in its dotted spelling, under `net.` or one of {@link EXTRA_KEYS_OUTSIDE_NET}. A key
 * that a declaration gives by name is refused too: one value has one place. So is a key that acts instead of holding a value, and one
 * whose value is a secret.
 * Value: by the grammar of {@link valueProblem}, an integer or up to 8 words (`"bbr"`, `"4096 87380 6291456"`); that of a setting of
 * the table (`net.core.netdev_max_backlog`) also by its range there.
 * Whether the kernel knows the key and takes the value is for the host to say: an unknown key fails there.
 * @param path where the key stands, for the message: `settings.extra["net.ipv4.tcp_fin_timeout"]`
 * @returns the problem, or undefined if key and value can be used
 */
export function validateExtraSetting(key: string, value: unknown, path: string): InputProblem | undefined {
  return (
    keyProblem(path, key) ??
    refusedKey(key, path) ??
    valueProblem(path, value) ??
    longList(value, path) ??
    outOfRange(key, value, path)
  );
}

/** A number in quotes is one here: the values of `extra` are what a sysctl.d file holds, which is text. */
function outOfRange(key: string, value: unknown, path: string): InputProblem | undefined {
  if (findSetting(key) === undefined) {
    return undefined;
  }
  const isNumber = typeof value === "string" && /^-?\d{1,16}$/.test(value);
  return validateSettingValue(key, isNumber ? Number(value) : value, path);
}

function refusedKey(key: string, path: string): InputProblem | undefined {
  const dotted = canonicalKey(key) ?? key;
  const given = showGiven(key);
  const named = findSetting(dotted);
  if (named !== undefined && GIVEN_BY_NAME.includes(named.name)) {
    return { path, given, allowed: "a key without a setting of its own", fix: `settings.${named.name}` };
  }
  if (!dotted.startsWith("net.") && !KNOWN_OUTSIDE_NET.includes(dotted)) {
    return { path, given, allowed: ALLOWED_KEYS, fix: "a sysctl.d file of your own for this key" };
  }
  if (dotted !== key) {
    // Two spellings of one key in a declaration would be two values for it.
    return { path, given, allowed: "the dotted spelling of a key", fix: dotted };
  }
  if (dotted.endsWith(".flush")) {
    return { path, given, allowed: "a key that holds a value", fix: "nothing: writing this key acts once" };
  }
  if (SECRET_KEY.test(dotted)) {
    return {
      path,
      given,
      allowed: "a key whose value everybody may read",
      fix: "a sysctl.d file of your own for this key, with mode 0600",
    };
  }
  return undefined;
}

function longList(value: unknown, path: string): InputProblem | undefined {
  if (typeof value !== "string" || value.split(" ").length <= MAX_WORDS) {
    return undefined;
  }
  const allowed = `an integer, or at most ${MAX_WORDS} words with single spaces between`;
  return { path, given: showGiven(value), allowed, fix: 'a value such as 30, "bbr" or "32768 60999"' };
}
