import { showGiven, type InputProblem } from "../backlog/finding";
import type { WantedSetting } from "../backlog/resolve";
import { settingsProblems } from "../backlog/sysctld";
import { checkedHostKey, type HostKeyPair } from "./host-key-pair";
import type { TuningPart } from "./part";
import { relistenScript, type RelistenStep } from "./relisten-script";
import { sysctlFileNameProblem } from "./sysctl-file";
import { UserDataError } from "./user-data-error";

export const ENCODINGS = ["plain", "base64", "gzip-base64"] as const;

/** Most settings, and most services: a list of more is none that anybody wrote, and may be one that never ends. */
const LIST_LIMIT = 1000;

const PART_FIELDS = ["settings", "relisten", "hostKey", "early", "fileName"];

/** The arguments of composing, each of them read once and checked. */
export interface ComposeInput {
  readonly userData: string | undefined;
  readonly part: TuningPart;
  readonly encoding: (typeof ENCODINGS)[number];
}

/**
 * Reads every argument once, and refuses what is none before anything is made of it: what is checked here ends up in a script that root
 * runs, and callers in JavaScript have no types. Values of a declaration are shown; user data and keys never are.
 *
 * @throws UserDataError, also for an argument that throws when it is read
 */
export function composeInput(userData: unknown, part: unknown, options: unknown): ComposeInput {
  try {
    if (userData !== undefined && typeof userData !== "string") {
      throw new UserDataError(
        `user data that is ${kindOf(userData)}`,
        "text, or undefined for none",
        "the text itself, or its base64",
      );
    }
    return { userData, part: checkedPart(part), encoding: checkedEncoding(options) };
  } catch (error) {
    // A getter or a proxy of the caller's may throw anything, and what it says may hold anything.
    throw error instanceof UserDataError
      ? error
      : new UserDataError(
          "an argument that throws when it is read",
          "plain values",
          "plain objects and lists",
        );
  }
}

function checkedPart(given: unknown): TuningPart {
  const part = record(given, "the part to add", "settings and relisten");
  const other = Object.keys(part).find((field) => !PART_FIELDS.includes(field));
  if (other !== undefined) {
    throw new UserDataError(
      `the field ${showGiven(other)} of the part to add`,
      PART_FIELDS.join(", "),
      "remove it, or correct its name",
    );
  }
  const { settings, relisten, hostKey, early, fileName } = part;
  if (early !== undefined && typeof early !== "boolean") {
    throw new UserDataError(`early: ${showGiven(early)}`, "true or false", "true");
  }
  if (fileName !== undefined) {
    refuse(sysctlFileNameProblem(fileName, "the file name"));
  }
  return {
    settings: checkedSettings(settings),
    relisten: checkedSteps(relisten),
    ...(hostKey === undefined ? {} : { hostKey: hostKeyOf(hostKey) }),
    ...(early === undefined ? {} : { early }),
    ...(typeof fileName === "string" ? { fileName } : {}),
  };
}

function checkedSettings(given: unknown): WantedSetting[] {
  const found = new Map<string, string>();
  for (const [index, setting] of list(given, "settings").entries()) {
    const { key, value } = record(setting, `settings[${index}]`, "key and value");
    if (typeof key !== "string" || typeof value !== "string") {
      throw new UserDataError(
        `settings[${index}] with a key or value that is no text`,
        "key and value as text",
        '{ key: "net.core.somaxconn", value: "4096" }',
      );
    }
    if (found.has(key)) {
      throw new UserDataError(`the setting ${showGiven(key)} twice`, "each key once", "remove one of them");
    }
    found.set(key, value);
  }
  refuse(settingsProblems(Object.fromEntries(found))[0]);
  return Array.from(found, ([key, value]) => ({ key, value }));
}

function checkedSteps(given: unknown): RelistenStep[] {
  const steps = list(given, "relisten").map((step, index) => {
    const { unit, how } = record(step, `relisten[${index}]`, "unit and how");
    return { unit, how } as RelistenStep;
  });
  relistenScript(steps);
  return steps;
}

function hostKeyOf(given: unknown): HostKeyPair {
  const { privateKey, publicKey } = record(given, "the host key", "privateKey and publicKey");
  return checkedHostKey(privateKey, publicKey);
}

function checkedEncoding(options: unknown): ComposeInput["encoding"] {
  if (options === undefined) {
    return "plain";
  }
  const { encoding = "plain", ...others } = record(options, "the options", "encoding");
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new UserDataError(`the option ${showGiven(other)}`, "the option encoding", "remove it");
  }
  const known = ENCODINGS.find((name) => name === encoding);
  if (known === undefined) {
    throw new UserDataError(
      `the encoding ${showGiven(encoding)}`,
      `one of ${ENCODINGS.join(", ")}`,
      encoding === "gzip" ? "gzip-base64" : "plain",
    );
  }
  return known;
}

function refuse(problem: InputProblem | undefined): void {
  if (problem) {
    throw new UserDataError(`${problem.path} ${problem.given}`, problem.allowed, problem.fix);
  }
}

function record(value: unknown, what: string, fields: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserDataError(
      `${what} that is ${kindOf(value)}`,
      `an object with ${fields}`,
      `{ ... } with ${fields}`,
    );
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) {
    throw new UserDataError(`${what} that is ${kindOf(value)}`, "a list, which may be empty", "[]");
  }
  // Read once: a list that is a proxy may have another length each time.
  const length: unknown = value.length;
  if (typeof length !== "number" || !(length <= LIST_LIMIT)) {
    throw new UserDataError(
      `${what} of ${showGiven(length)} entries`,
      `at most ${LIST_LIMIT} entries`,
      "a list of what is really declared",
    );
  }
  // A hole in a list is nothing, as undefined is: forEach and map would pass over it.
  return Array.from({ length }, (_, index) => (value as unknown[])[index]);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) {
    return value === null ? "null" : "not given";
  }
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
