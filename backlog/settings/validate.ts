import { showGiven, type InputProblem } from "../finding";
import type { SettingDefinition } from "./definition";
import { findSetting, SETTINGS } from "./table";

/**
 * Refuses a value that a named setting must not have. Strict: only numbers that are integers within the range of the
 * table pass; strings, fractions, NaN and null do not, because a value that is nearly right is a mistake to show.
 * @param keyOrName the sysctl key or the name in a declaration
 * @param path where the value stands, for the message: `settings.somaxconn`
 * @returns the problem, or undefined if the value can be used
 */
export function validateSettingValue(
  keyOrName: string,
  value: unknown,
  path: string,
): InputProblem | undefined {
  const setting = findSetting(keyOrName);
  if (setting === undefined) {
    return {
      path,
      given: showGiven(keyOrName),
      allowed: `a setting: ${SETTINGS.map((s) => s.name).join(", ")}`,
      fix: `put other sysctl keys under settings.extra`,
    };
  }
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return problem(setting, value, path, asInteger(setting, value));
  }
  if (value < setting.min || value > setting.max || Object.is(value, -0)) {
    return problem(setting, value, path, undefined);
  }
  if (setting.mask !== undefined && (value & ~setting.mask) !== 0) {
    return problem(setting, value, path, undefined);
  }
  return undefined;
}

/** The number that a string such as "4096" was meant to be, if it would pass. */
function asInteger(setting: SettingDefinition, value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{1,16}$/.test(value)) {
    return undefined;
  }
  const meant = Number(value);
  return validateSettingValue(setting.key, meant, "") === undefined ? meant : undefined;
}

function problem(
  setting: SettingDefinition,
  value: unknown,
  path: string,
  meant: number | undefined,
): InputProblem {
  const range = `an integer from ${setting.min} to ${setting.max} (${setting.unit})`;
  const narrower = setting.whyNarrower === "" ? "" : `; ${setting.whyNarrower}`;
  return {
    path,
    given: showGiven(value),
    allowed: range + narrower,
    fix: meant === undefined ? setting.suggestion : `the number ${meant}, without quotes`,
  };
}
