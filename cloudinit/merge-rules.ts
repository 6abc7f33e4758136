import { UserDataError } from "./user-data-error";

/** Where a cloud-config says how it is merged: keys, and headers of its part. */
const RULES = ["merge_how", "merge_type", "Merge-Type", "X-Merge-Type"];

/**
 * Refuses rules for merging that cloud-init does not understand: it would drop the part that has them. And two of them: it takes one out and
 * leaves the other in what it merged, where it counts for all of it. Source: cloudinit/mergers/__init__.py.
 *
 * @throws UserDataError
 */
export function refuseMergeRules(rules: Readonly<Record<string, unknown>>, name: string): void {
  const given = RULES.filter((key) => Object.hasOwn(rules, key) && (rules[key] ?? undefined) !== undefined);
  const wrong = given.find((key) => !isRule(rules[key]));
  if (wrong !== undefined) {
    throw new UserDataError(
      `${name} with ${wrong} that cloud-init does not understand`,
      "list, dict and str with their settings: cloud-init would otherwise drop the part",
      `${wrong}: "list(append)+dict(no_replace,recurse_list)+str()"`,
    );
  }
  if (given.includes("merge_how") && Object.hasOwn(rules, "merge_type")) {
    throw new UserDataError(
      `${name} with merge_how and merge_type`,
      "one of them: cloud-init goes by the first, and leaves the other where it changes what is merged later",
      "remove merge_type",
    );
  }
}

function isRule(rule: unknown): boolean {
  if (typeof rule === "string") {
    return rule
      .split("+")
      .map((piece) => piece.trim().toLowerCase().replaceAll("-", "_"))
      .filter((piece) => piece !== "")
      .every((piece) => isMerger(/^([a-z_][a-z0-9_]*)\([^()]*\)$/.exec(piece)?.[1]));
  }
  return Array.isArray(rule) && rule.every(isNamed);
}

function isNamed(rule: unknown): boolean {
  if (Array.isArray(rule)) {
    return typeof rule[0] === "string" && isMerger(rule[0]);
  }
  if (typeof rule !== "object" || rule === null) {
    return false;
  }
  const { name, settings } = rule as Record<string, unknown>;
  return (
    typeof name === "string" &&
    isMerger(name.trim().replaceAll("-", "_")) &&
    (typeof settings === "string" || Array.isArray(settings))
  );
}

function isMerger(name: string | undefined): boolean {
  return name !== undefined && /^(?:m_)?(?:dict|list|str)$/.test(name);
}
