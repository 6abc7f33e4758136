import { fromJson } from "../backlog/json";
import { MERGE_KEYS, refuseCollisions, sharedKeys } from "./collisions";
import type { OwnNeeds } from "./part";
import { UserDataError } from "./user-data-error";

/**
 * Checks a JSON patch of the user's, which cloud-init applies to what the parts before it made. What it puts at a key that ours shares is
 * checked as if it stood in a cloud-config; any other way to touch such a key is refused, because what comes of it depends on the
 * parts before.
 *
 * @param name what it is called in messages
 * @returns the keys that it gives a value to
 * @throws UserDataError. It names keys of cloud-init's, never a value.
 */
export function checkPatch(text: string, needs: OwnNeeds, name: string): readonly string[] {
  const operations = fromJson(text.replace(/^[^\S\ufeff]+/, "").replace(/^#cloud-config-jsonp/, ""));
  if (!Array.isArray(operations)) {
    throw new UserDataError(
      `${name} that is no JSON list`,
      "a list of operations in JSON, which cloud-init would otherwise drop as a whole",
      'write [{ "op": "add", "path": "/runcmd", "value": [...] }] below the first line',
    );
  }
  return operations.flatMap((operation: unknown, index) => checkOperation(operation, index + 1, needs, name));
}

const OPERATIONS = ["add", "remove", "replace", "move", "copy", "test"];

function checkOperation(
  operation: unknown,
  number: number,
  needs: OwnNeeds,
  name: string,
): readonly string[] {
  const { op, path, from, value } =
    typeof operation === "object" && operation !== null
      ? (operation as Record<string, unknown>)
      : ({} as Record<string, unknown>);
  const target = pointer(path);
  const moves = op === "move" || op === "copy";
  const source = moves ? pointer(from) : undefined;
  const valued = op === "add" || op === "replace" || op === "test";
  if (
    typeof op !== "string" ||
    !OPERATIONS.includes(op) ||
    target === undefined ||
    (moves && source === undefined) ||
    (valued && value === undefined)
  ) {
    throw new UserDataError(
      `${name} whose operation ${number} is none`,
      "op, path beginning with a slash, and the value or from that it needs: cloud-init would otherwise drop the whole patch",
      '{ "op": "add", "path": "/runcmd", "value": [...] }',
    );
  }
  if (op === "test") {
    return [];
  }
  const shared = sharedKeys(needs);
  const touched = [target, ...(source === undefined ? [] : [source])].find(
    ([key]) => key === undefined || shared.has(key) || MERGE_KEYS.includes(key),
  );
  if (touched !== undefined && !isHarmless(op, target, value, needs, name)) {
    const [key] = touched;
    throw new UserDataError(
      `${name} whose operation ${number} changes ${key ?? "the whole document"}`,
      "operations on keys that ours does not share; on those add and replace of the whole key, and add of an entry to write_files or bootcmd",
      `write ${key ?? "what it makes"} into a cloud-config instead`,
    );
  }
  return op === "remove" ? [] : target.slice(0, 1);
}

/** Whether an operation on a key that ours shares leaves ours whole, whatever was there before; throws for a value that does not. */
function isHarmless(
  op: string,
  [key, ...inner]: readonly string[],
  value: unknown,
  needs: OwnNeeds,
  name: string,
): boolean {
  if (key === undefined || MERGE_KEYS.includes(key) || key === "ssh_deletekeys") {
    return false;
  }
  const [index, ...deeper] = inner;
  if ((op === "add" || op === "replace") && index === undefined) {
    refuseCollisions({ [key]: value }, needs, name);
    return true;
  }
  const list = key === "write_files" || key === "bootcmd";
  if (op === "add" && list && index !== undefined && deeper.length === 0) {
    refuseCollisions({ [key]: [value] }, needs, name);
    return true;
  }
  // Without the key, ours is alone, or the image's own list of modules holds.
  return op === "remove" && index === undefined;
}

/** The keys that a JSON pointer goes by; undefined for what is none. */
function pointer(path: unknown): string[] | undefined {
  if (typeof path !== "string" || !/^(?:\/|$)/.test(path) || /~(?![01])/.test(path)) {
    return undefined;
  }
  return path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
