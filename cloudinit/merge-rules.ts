import { UserDataError } from "./user-data-error";

/**
 * Refuses rules for merging that make cloud-init drop the part that has them: those that it does not understand, and those without one for
 * dict, which a cloud-config is. And two of them: it takes one out and leaves the other in what it merged, where it counts for all of it.
 * Source: cloudinit/mergers/__init__.py, cloudinit/handlers/cloud_config.py.
 *
 * @param mergeType what the headers of the part say: it is added to what the cloud-config says
 * @throws UserDataError
 */
export function refuseMergeRules(
  config: Readonly<Record<string, unknown>>,
  mergeType: string | undefined,
  name: string,
): void {
  const given = ["merge_how", "merge_type"].filter((key) => (config[key] ?? undefined) !== undefined);
  const own = given.map((key) => ({ key, mergers: mergersOf(config[key]) }));
  const header = mergeType === undefined ? [] : [{ key: HEADER, mergers: mergersOf(mergeType) }];
  for (const { key, mergers } of [...own, ...header]) {
    if (mergers === undefined) {
      throw new UserDataError(
        `${name} with ${key} that cloud-init does not understand`,
        "list, dict and str with their settings: cloud-init would otherwise drop the part",
        `${key}: ${EXAMPLE}`,
      );
    }
  }
  if (given.includes("merge_how") && Object.hasOwn(config, "merge_type")) {
    throw new UserDataError(
      `${name} with merge_how and merge_type`,
      "one of them: cloud-init goes by the first, and leaves the other where it changes what is merged later",
      "remove merge_type",
    );
  }
  const together = [...own, ...header].flatMap(({ mergers }) => mergers ?? []);
  if (together.length > 0 && !together.includes("dict")) {
    const key = own[0]?.key ?? HEADER;
    throw new UserDataError(
      `${name} with ${key} without dict`,
      "rules for dict, which a cloud-config is: cloud-init would otherwise drop the part",
      `${key}: ${EXAMPLE}`,
    );
  }
}

const HEADER = "Merge-Type (or X-Merge-Type)";
const EXAMPLE = '"list(append)+dict(no_replace,recurse_list)+str()"';

/** White space for JavaScript, and none for Python. */
const NO_SPACE = "\ufeff";

/** The types that a rule names; undefined where cloud-init does not understand it. */
function mergersOf(rule: unknown): readonly string[] | undefined {
  if (typeof rule === "string" && rule.includes(NO_SPACE)) {
    return undefined;
  }
  const mergers =
    typeof rule === "string"
      ? rule
          .split("+")
          .map((piece) => piece.trim().toLowerCase().replaceAll("-", "_"))
          .filter((piece) => piece !== "")
          .map((piece) => mergerOf(/^([a-z_][a-z0-9_]*)\([^()]*\)$/.exec(piece)?.[1]))
      : Array.isArray(rule)
        ? rule.map(named)
        : [undefined];
  const known = mergers.filter((merger) => merger !== undefined);
  return known.length === mergers.length ? known : undefined;
}

function named(rule: unknown): string | undefined {
  if (Array.isArray(rule)) {
    return typeof rule[0] === "string" ? mergerOf(rule[0]) : undefined;
  }
  if (typeof rule !== "object" || rule === null) {
    return undefined;
  }
  const { name, settings } = rule as Record<string, unknown>;
  return typeof name === "string" &&
    !name.includes(NO_SPACE) &&
    (typeof settings === "string" || Array.isArray(settings))
    ? mergerOf(name.trim().replaceAll("-", "_"))
    : undefined;
}

function mergerOf(name: string | undefined): string | undefined {
  return /^(?:m_)?(dict|list|str)$/.exec(name ?? "")?.[1];
}
