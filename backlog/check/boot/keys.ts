import { kernelAtLeast } from "../../kernel";
import { defaultFor, findSetting, type SettingKey } from "../../settings";
import type { BootFacts, LinePlace } from "./facts";

/** The keys that bound the queues of a listener. What becomes of others is not ours to judge. */
export const QUEUE_KEYS = [
  "net.core.somaxconn",
  "net.ipv4.tcp_max_syn_backlog",
  "net.ipv4.tcp_syncookies",
] as const satisfies readonly SettingKey[];

/** Whether it makes a difference what becomes of a key: the kernel looks at tcp_max_syn_backlog only while cookies are off. */
export function matters(key: string, { live, persisted, undecided = [] }: BootFacts): boolean {
  if (undecided.includes(key) || !QUEUE_KEYS.some((known) => known === key)) {
    return false;
  }
  return (
    key !== "net.ipv4.tcp_max_syn_backlog" ||
    [...live, ...persisted].some((set) => set.key === "net.ipv4.tcp_syncookies" && set.value === "0")
  );
}

/** Whether a key gets a value at the first boot or at a later one. */
export function setsKey(
  { live, persisted }: Pick<BootFacts, "live" | "persisted">,
  key: SettingKey,
): boolean {
  return [...live, ...persisted].some((set) => set.key === key);
}

/** Whether the kernel has the value anyway, so that nothing is lost with the line; of an unknown kernel, whether every kernel has. */
export function isKernelDefault(key: string, value: string, kernel: string | undefined): boolean {
  const candidates = defaultsOf(key, kernel);
  return candidates.length > 0 && candidates.every((byDefault) => String(byDefault) === value);
}

/** Whether the next boot, which sets nothing, gives as much or more: of cookies, no number is more than another. */
export function isNoLoss(key: string, value: string, kernel: string | undefined): boolean {
  return (
    isKernelDefault(key, value, kernel) ||
    (key === "net.core.somaxconn" &&
      defaultsOf(key, kernel).every((byDefault) => !isMore(value, String(byDefault))))
  );
}

/** The value of a line that is to hold at every boot: a somaxconn below the kernel's own would lower it. */
export function raisedToDefault(key: string, value: string, kernel: string | undefined): string {
  const byDefault = String(defaultFor("somaxconn", kernel) ?? 128);
  return key === "net.core.somaxconn" && isMore(byDefault, value) ? byDefault : value;
}

/** What a key may have that nothing sets: of an unknown kernel, any default that it has had. */
function defaultsOf(key: string, kernel: string | undefined): readonly (number | "computed")[] {
  const defaults = findSetting(key)?.defaults ?? [];
  const candidates =
    kernel === undefined ? defaults : defaults.filter(({ since }) => kernelAtLeast(kernel, since)).slice(-1);
  return candidates.map(({ value }) => value);
}

/** Whether a value asks for more than another: both must be numbers. */
export function isMore(value: string | undefined, than: string | undefined): boolean {
  const number = asNumber(value);
  const other = asNumber(than);
  return number !== undefined && (other === undefined || number > other);
}

function asNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}

export function placeText({ file, part, line }: LinePlace): string {
  if (file !== undefined) {
    return file;
  }
  return line === undefined ? "the user data" : `line ${line} of part ${part ?? 1} of the user data`;
}

/** Where a line goes that no other is to undo: it sorts last. */
export const OWN_FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";

/** How a value comes to hold at this boot and at every other. */
export function howToKeep(values: readonly { readonly key: string; readonly value: string }[]): string {
  return `write ${sysctlLines(values)} to ${OWN_FILE}, and apply it with sysctl -p ${OWN_FILE}`;
}

/** Several lines of a sysctl file, as an instruction to write them. */
export function sysctlLines(values: readonly { readonly key: string; readonly value: string }[]): string {
  return values.map(({ key, value }) => `"${key} = ${value}"`).join(" and ");
}
