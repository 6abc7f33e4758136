import type { Budget } from "./budget";
import { entry, isTrue, textOf, type Node } from "./yaml";

/** Users and groups that are surely there. */
export interface Accounts {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** What Debian's base-passwd and the setup package of Amazon Linux both have: any other comes with a package, an image or the user data. */
export const BASE_ACCOUNTS: Accounts = {
  users: new Set(["root", "daemon", "bin", "sync", "games", "lp", "mail", "nobody"]),
  groups: new Set([
    "root", "daemon", "bin", "sys", "adm", "tty", "disk", "lp", "mail", "man", "kmem", "dialout", "cdrom", "floppy", "tape",
    "audio", "video", "games", "users",
  ]),
}; // prettier-ignore

/** Those that are there once `users` and `groups` of the cloud-config are made: each user with a group of its own, unless it says otherwise. */
export function accountsMade(config: Node, budget: Budget): Accounts {
  const users = new Set(BASE_ACCOUNTS.users);
  const groups = new Set(BASE_ACCOUNTS.groups);
  const listed = entry(config, "users");
  for (const user of listed?.kind === "list" ? listed.items : []) {
    budget.spend(1);
    const name = textOf(user) ?? textOf(entry(user, "name"));
    // `default` is another name on each distribution, and a snap user has the name of an account elsewhere.
    if (name === undefined || name === "default" || entry(user, "snapuser") !== undefined) {
      continue;
    }
    users.add(name);
    if (entry(user, "primary_group") === undefined && !isTrue(entry(user, "no_user_group"))) {
      groups.add(name);
    }
  }
  const named = entry(config, "groups");
  for (const group of named?.kind === "list" ? named.items : []) {
    budget.spend(1);
    const name = textOf(group);
    (name === undefined ? (group.kind === "map" ? [...group.entries.keys()] : []) : [name]).forEach((one) =>
      groups.add(one),
    );
  }
  return { users, groups };
}

/**
 * Whether cloud-init can give a file to its `owner`. `ends` for what it cannot take apart, before the file is written; `perhaps` for an
 * owner that the server may not have, which ends the module behind the file. Source: cloudinit/util.py extract_usergroup(), chownbyname().
 */
export function ownerOf(node: Node | undefined, { users, groups }: Accounts): "there" | "perhaps" | "ends" {
  const owner = textOf(node);
  if (owner === undefined) {
    return node === undefined || isEmpty(node) ? "there" : "ends";
  }
  const colon = owner.indexOf(":");
  const [user, group] = colon < 0 ? [owner, ""] : [owner.slice(0, colon), owner.slice(colon + 1)];
  const has = (names: ReadonlySet<string>, name: string): boolean =>
    /^(?:|-1|none)$/i.test(name.trim()) || names.has(name.trim());
  return has(users, user) && has(groups, group) ? "there" : "perhaps";
}

/** Whether Python takes it for false. */
function isEmpty(node: Node): boolean {
  switch (node.kind) {
    case "map":
      return node.entries.size === 0;
    case "list":
      return node.items.length === 0;
    case "scalar":
      return (
        (node.value === null && node.text !== "other") ||
        node.value === false ||
        node.value === 0 ||
        node.value === 0n
      );
  }
}
