import { refuseCollisions } from "./collisions";
import { refuseMergeRules } from "./merge-rules";
import { readOwnYaml } from "./own-yaml";
import type { OwnNeeds } from "./part";
import { UserDataError } from "./user-data-error";

/**
 * Checks a cloud-config of the user's, which is never rewritten: that cloud-init can read it, and that ours can be merged into it.
 * Messages name places and keys, never values: any of them may be a secret.
 *
 * @param name what it is called in messages
 * @param mergeType what the headers of its part say on how it is merged
 * @returns the keys that it has; undefined where there is nothing in it: cloud-init complains about a document without content
 * @throws UserDataError for what cloud-init would drop, or would drop ours for
 */
export function checkCloudConfig(
  text: string,
  needs: OwnNeeds,
  name = "a cloud-config",
  mergeType?: string,
): readonly string[] | undefined {
  const value = readOwnYaml(text, name);
  if (value === null) {
    return undefined;
  }
  if (typeof value !== "object" || Array.isArray(value) || value instanceof Uint8Array) {
    throw new UserDataError(
      `${name} that is ${Array.isArray(value) ? "a list" : "a plain value"}`,
      "a map of cloud-init's keys",
      "write keys such as runcmd: or write_files: at the beginning of lines",
    );
  }
  const config = value as Readonly<Record<string, unknown>>;
  refuseMergeRules(config, mergeType, name);
  refuseCollisions(config, needs, name);
  return Object.keys(config);
}
