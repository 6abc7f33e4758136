import type { Buffer } from "node:buffer";
import { lenientBase64 } from "../mime-transfer";
import { YamlFailure } from "./failure";
import { YAML_TAG } from "./node";
import { INT_DIGITS } from "./properties";

/** What a scalar of a known type is worth; a date is `undefined`: nothing of ours asks for one. */
export type ScalarValue = string | number | bigint | boolean | null | Buffer | undefined;

interface Implicit {
  readonly tag: string;
  readonly first: string;
  readonly pattern: RegExp;
}

// Python's `$` is also before a line break at the end. Source: yaml/resolver.py of PyYAML.
const IMPLICIT: readonly Implicit[] = [
  {
    tag: "bool",
    first: "yYnNtTfFoO",
    pattern: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\n?$/,
  },
  {
    tag: "float",
    first: "-+0123456789.",
    pattern:
      /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\n?$/,
  },
  {
    tag: "int",
    first: "-+0123456789",
    pattern:
      /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\n?$/,
  },
  { tag: "merge", first: "<", pattern: /^<<\n?$/ },
  { tag: "null", first: "~nN", pattern: /^(?:~|null|Null|NULL)\n?$/ },
  {
    tag: "timestamp",
    first: "0123456789",
    pattern:
      /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)\n?$/,
  },
  { tag: "value", first: "=", pattern: /^=\n?$/ },
  { tag: "yaml", first: "!&*", pattern: /^[!&*]\n?$/ },
];

/** The tag of a scalar that has none. */
export function implicitTag(text: string): string {
  if (text === "") {
    return `${YAML_TAG}null`;
  }
  const found = IMPLICIT.find(({ first, pattern }) => first.includes(text.charAt(0)) && pattern.test(text));
  return YAML_TAG + (found?.tag ?? "str");
}

/**
 * What PyYAML's safe loader makes of a scalar of the tag, which may also be one that was written before it.
 *
 * @throws YamlFailure for a tag that it has no meaning for, and a text that is none of the type. Source: yaml/constructor.py.
 */
export function scalarValue(tag: string, text: string, at: number): ScalarValue {
  const failure = (what: string): YamlFailure => new YamlFailure("value", at, what);
  switch (tag) {
    case `${YAML_TAG}str`:
      return text;
    case `${YAML_TAG}null`:
      return null;
    case `${YAML_TAG}bool`: {
      const value = BOOLEANS.get(text.toLowerCase());
      if (value === undefined) {
        throw failure("a truth value that is none");
      }
      return value;
    }
    case `${YAML_TAG}int`: {
      const value = intOf(text);
      if (value === undefined) {
        throw failure("a number that Python makes none of");
      }
      return value;
    }
    case `${YAML_TAG}float`: {
      const value = floatOf(text);
      if (value === undefined) {
        throw failure("a number that Python makes none of");
      }
      return value;
    }
    case `${YAML_TAG}binary`: {
      const value = /[^\p{ASCII}]/u.test(text) ? undefined : lenientBase64(text);
      if (value === undefined) {
        throw failure("base64 that is none");
      }
      return value;
    }
    case `${YAML_TAG}timestamp`:
      if (!isDate(text)) {
        throw failure("a date or time that is none");
      }
      return undefined;
    default:
      throw new YamlFailure(
        "tag",
        at,
        tag === `${YAML_TAG}value` || tag === `${YAML_TAG}merge`
          ? "a sign that is no value: quote it"
          : "a tag that cloud-init does not know",
      );
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["no", false],
  ["true", true],
  ["false", false],
  ["on", true],
  ["off", false],
]);

/** Bits of the largest number that Python also writes down in decimal. */
const INT_LIMIT = 10n ** BigInt(INT_DIGITS);

function intOf(text: string): number | bigint | undefined {
  const [, sign, digits = ""] = /^([+-]?)([^\n]*)\n?$/.exec(text.replaceAll("_", "")) ?? [];
  const magnitude = magnitudeOf(digits);
  if (magnitude === undefined || magnitude >= INT_LIMIT) {
    return undefined;
  }
  const value = sign === "-" ? -magnitude : magnitude;
  return magnitude <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function magnitudeOf(digits: string): bigint | undefined {
  if (digits.length > INT_DIGITS + 2) {
    return undefined;
  }
  if (/^0(?:b[01]+|x[0-9a-fA-F]+)$/.test(digits)) {
    return BigInt(digits);
  }
  if (/^0[0-7]*$/.test(digits)) {
    return digits === "0" ? 0n : BigInt(`0o${digits.slice(1)}`);
  }
  if (digits.length > INT_DIGITS || !/^[1-9][0-9]*(?::[0-9]+)*$/.test(digits)) {
    return undefined;
  }
  return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

function floatOf(text: string): number | undefined {
  const [, sign, digits = ""] = /^([+-]?)([^\n]*)\n?$/.exec(text.replaceAll("_", "").toLowerCase()) ?? [];
  const magnitude =
    digits === ".inf"
      ? Infinity
      : digits === ".nan"
        ? NaN
        : /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/.test(digits)
          ? Number(digits)
          : /^[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?$/.test(digits)
            ? digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0)
            : undefined;
  return magnitude === undefined ? undefined : sign === "-" ? -magnitude : magnitude;
}

const DATE =
  /^([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+]([0-9][0-9]?)(?::([0-9]{2}))?))?)?\n?$/;

/** Whether Python has the day and the time: the year 0 is none, nor is second 60. */
function isDate(text: string): boolean {
  const found = DATE.exec(text);
  if (found === null) {
    return false;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = found
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  return (
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    zoneHour * 60 + zoneMinute < 24 * 60
  );
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}
