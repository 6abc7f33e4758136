import { showGiven, type InputProblem } from "../backlog/finding";
import { settingsProblems } from "../backlog/sysctld";
import { relistenScript, type RelistenStep } from "./relisten-script";
import { sysctlFileNameProblem } from "./sysctl-file";
import { UserDataError } from "./user-data-error";

export const ENCODINGS = ["plain", "base64", "gzip-base64"] as const;

/**
 * Refuses every argument that is none, before anything is made of it: what is checked here ends up in a script that root runs, and
 * callers in JavaScript have no types. Values of a declaration are shown; user data and keys never are.
 *
 * @throws UserDataError
 */
export function refuseWrongInput(userData: unknown, part: unknown, options: unknown): void {
  if (userData !== undefined && typeof userData !== "string") {
    throw new UserDataError(
      `user data that is ${kindOf(userData)}`,
      "text, or undefined for none",
      "the text itself, or its base64",
    );
  }
  const { settings, relisten, hostKey, early, fileName } = record(
    part,
    "the part to add",
    "settings and relisten",
  );
  refuseWrongSettings(settings);
  refuseWrongSteps(relisten);
  refuseWrongHostKey(hostKey);
  if (early !== undefined && typeof early !== "boolean") {
    throw new UserDataError(`early: ${showGiven(early)}`, "true or false", "true");
  }
  if (fileName !== undefined) {
    refuse(sysctlFileNameProblem(fileName, "the file name"));
  }
  refuseWrongOptions(options);
}

function refuseWrongSettings(settings: unknown): void {
  const found: Record<string, unknown> = {};
  for (const [index, setting] of list(settings, "settings").entries()) {
    const { key, value } = record(setting, `settings[${index}]`, "key and value");
    if (typeof key !== "string" || typeof value !== "string") {
      throw new UserDataError(
        `settings[${index}] with a key or value that is no text`,
        "key and value as text",
        '{ key: "net.core.somaxconn", value: "4096" }',
      );
    }
    if (Object.hasOwn(found, key)) {
      throw new UserDataError(`the setting ${showGiven(key)} twice`, "each key once", "remove one of them");
    }
    // As an own property, whatever its name is.
    Object.defineProperty(found, key, { value, enumerable: true });
  }
  refuse(settingsProblems(found)[0]);
}

function refuseWrongSteps(relisten: unknown): void {
  const steps = list(relisten, "relisten").map((step, index) =>
    record(step, `relisten[${index}]`, "unit and how"),
  );
  relistenScript(steps as unknown as readonly RelistenStep[]);
}

function refuseWrongHostKey(hostKey: unknown): void {
  if (hostKey === undefined) {
    return;
  }
  const { privateKey, publicKey } = record(hostKey, "the host key", "privateKey and publicKey");
  for (const key of [privateKey, publicKey]) {
    // Text with half a character in it is no key, and would change on its way.
    if (typeof key !== "string" || key.trim() === "" || /\p{Surrogate}/u.test(key)) {
      throw new UserDataError(
        "a host key without privateKey or publicKey as text",
        "an ed25519 key pair in OpenSSH's format, or no hostKey",
        "what ssh-keygen -t ed25519 writes into its two files",
      );
    }
  }
}

function refuseWrongOptions(options: unknown): void {
  if (options === undefined) {
    return;
  }
  const { encoding, ...others } = record(options, "the options", "encoding");
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new UserDataError(`the option ${showGiven(other)}`, "the option encoding", "remove it");
  }
  if (encoding !== undefined && !ENCODINGS.some((known) => known === encoding)) {
    throw new UserDataError(
      `the encoding ${showGiven(encoding)}`,
      `one of ${ENCODINGS.join(", ")}`,
      encoding === "gzip" ? "gzip-base64" : "plain",
    );
  }
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
  // A hole in a list is nothing, as undefined is: forEach and map would pass over it.
  return Array.from(value as unknown[]);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) {
    return value === null ? "null" : "not given";
  }
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
