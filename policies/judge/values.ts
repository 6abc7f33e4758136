import { findSetting, validateSettingValue, type Finding, type SettingsDeclaration } from "../../backlog";

export type Values = ReadonlyMap<string, string>;

/** The values after one boot; where a line that asks for more does not hold, what it asks for: that is a finding of its own. */
export function valuesOf(
  values: readonly { readonly key: string; readonly value: string }[],
  meant: Readonly<Record<string, string>>,
): Values {
  return new Map([...values.map(({ key, value }) => [key, value] as const), ...Object.entries(meant)]);
}

/** Most hosts have the same values after every boot. */
export function different(worlds: readonly Values[]): Values[] {
  const seen = new Map(worlds.map((values) => [JSON.stringify([...values].sort()), values]));
  return [...seen.values()];
}

/** The settings that can be judged: the numbers that are in range. */
export function settingsOf(values: Values): SettingsDeclaration {
  const number = (key: string) => {
    const value = values.get(key);
    return value === undefined || problemOf(key, value) !== undefined ? undefined : Number(value);
  };
  return {
    somaxconn: number("net.core.somaxconn"),
    tcpMaxSynBacklog: number("net.ipv4.tcp_max_syn_backlog"),
    tcpSyncookies: number("net.ipv4.tcp_syncookies"),
  };
}

export function problemOf(key: string, value: string) {
  return findSetting(key) === undefined
    ? undefined
    : validateSettingValue(key, /^-?\d{1,16}$/.test(value) ? Number(value) : value, key);
}

export function problemsOf(values: Values): Finding[] {
  return JUDGED_KEYS.flatMap((key): Finding[] => {
    const value = values.get(key);
    const problem = value === undefined ? undefined : problemOf(key, value);
    return problem === undefined
      ? []
      : [
          {
            rule: "values-in-range",
            severity: "error",
            subject: key,
            wanted: problem.allowed,
            // What is no number may be anything.
            got: /^-?\d{1,16}$/.test(value ?? "") ? problem.given : "a value that is no number",
            cause: "The kernel does not take this value, or takes it for something else.",
            fix: `set it to ${problem.fix}`,
          },
        ];
  });
}

const JUDGED_KEYS = ["net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_syncookies"];
