import { posix } from "node:path";
import { FILE_MARK, type OwnNeeds } from "./part";
import { UserDataError } from "./user-data-error";
import { OTHER_KEYS } from "./yaml/plain";

type Config = Readonly<Record<string, unknown>>;

/** Keys of `ssh_keys` that stand for the one that we give the server. */
const HOST_KEYS = ["ed25519_private", "ed25519_public", "ed25519_certificate"];

/** Keys that must be lists where they are given at all: ours are added to them. */
export const NEEDED_LISTS: readonly { readonly key: string; readonly for?: keyof OwnNeeds }[] = [
  { key: "write_files" },
  { key: "bootcmd", for: "bootcmd" },
];

/** Modules that a list of modules of the user's must have. What runs in `cloud_config_modules` is of no use to us. */
export const NEEDED_MODULES: readonly {
  readonly key: string;
  readonly module: string;
  readonly for?: keyof OwnNeeds;
}[] = [
  { key: "cloud_init_modules", module: "write_files" },
  { key: "cloud_init_modules", module: "ssh", for: "hostKey" },
  { key: "cloud_final_modules", module: "scripts_user" },
];

/** Keys that say how documents are merged: cloud-init takes them out of a cloud-config, and goes by what is left of them afterwards. */
export const MERGE_KEYS: readonly string[] = ["merge_how", "merge_type"];

/** The keys of a cloud-config that ours shares with the user's, or does not work without. */
export function sharedKeys(needs: OwnNeeds): ReadonlySet<string> {
  const needed = [...NEEDED_LISTS, ...NEEDED_MODULES].filter(
    ({ for: need }) => need === undefined || needs[need],
  );
  return new Set([...needed.map(({ key }) => key), ...(needs.hostKey ? ["ssh_keys", "ssh_deletekeys"] : [])]);
}

/**
 * Refuses what a cloud-config of the user's would take away of ours, or ours of it, when cloud-init merges and runs both. What only
 * costs the early `bootcmd` is let through: a `bootcmd` of the user's that exits, a list of modules without bootcmd.
 *
 * @param name what the cloud-config is called in messages
 * @throws UserDataError with what to do instead. It names keys of cloud-init's, never a value.
 */
export function refuseCollisions(config: Config, needs: OwnNeeds, name: string): void {
  for (const { key, for: need } of NEEDED_LISTS) {
    if (need === undefined || needs[need]) {
      refuseNoList(config, key, name);
    }
  }
  if (Array.isArray(config.write_files)) {
    config.write_files.forEach((entry: unknown, index) => {
      refuseOurFile(entry, index + 1, needs, name);
    });
  }
  for (const { key, module, for: need } of NEEDED_MODULES) {
    if (need === undefined || needs[need]) {
      refuseWithoutModule(config, key, module, name);
    }
  }
  if (needs.hostKey) {
    refuseHostKey(config, name);
  }
}

function refuseNoList(config: Config, key: string, name: string): void {
  if (Object.hasOwn(config, key) && !Array.isArray(config[key])) {
    throw new UserDataError(
      `${name} with ${key} that is ${config[key] === null ? "empty" : "no list"}`,
      `a list, or no ${key}: cloud-init would keep it and drop ours`,
      `write ${key} as a list, or remove it`,
    );
  }
}

/** Refuses an entry of `write_files` that writes our file: the one that is written later would be left. */
function refuseOurFile(entry: unknown, number: number, needs: OwnNeeds, name: string): void {
  if (typeof entry !== "object" || entry === null) {
    return;
  }
  const { path, content, defer, append } = entry as Record<string, unknown>;
  if (typeof path !== "string" || posix.resolve("/", path) !== needs.file) {
    return;
  }
  // What an earlier declaration wrote is replaced by this one.
  const earlier = typeof content === "string" && content.startsWith(`# ${FILE_MARK}\n`);
  if (!earlier || isTrue(defer) || isTrue(append)) {
    throw new UserDataError(
      `${name} with write_files that writes the file of this declaration, in its entry ${number}`,
      "files of other names: one of the two would be lost",
      "give the file another path, or this declaration's file another name (fileName)",
    );
  }
}

/** Source: cloudinit/util.py translate_bool(). */
function isTrue(value: unknown): boolean {
  return (
    value === true ||
    ((typeof value === "string" || typeof value === "number") &&
      /^(?:true|1|on|yes)$/i.test(String(value).trim()))
  );
}

function refuseWithoutModule(config: Config, key: string, module: string, name: string): void {
  if (!Object.hasOwn(config, key)) {
    return;
  }
  const list = config[key];
  if (Array.isArray(list) && !list.every(isModule)) {
    throw new UserDataError(
      `${name} with ${key} that has an entry without a name`,
      "names of modules, lists that begin with one, and maps with one: cloud-init would otherwise run none at all",
      `write the entries of ${key} as text`,
    );
  }
  if (!Array.isArray(list) || !list.some((item) => moduleOf(item) === module)) {
    throw new UserDataError(
      `${name} with ${key} without ${module}`,
      `a list with ${module}, which runs a part of ours, or no ${key}, which leaves the image's own list`,
      `add ${module} to ${key}, or remove it`,
    );
  }
}

/** Whether cloud-init can read an entry of a list of modules; it passes over what is empty, and over maps without a name. */
function isModule(item: unknown): boolean {
  if (item === null || item === "" || item === false || item === 0) {
    return true;
  }
  if (Array.isArray(item)) {
    return item.length === 0 || typeof item[0] === "string";
  }
  return typeof item === "object" && !(item instanceof Uint8Array)
    ? !Object.hasOwn(item, "name") || typeof (item as Record<string, unknown>).name === "string"
    : typeof item === "string";
}

/** The canonical name of a module in a list of modules. Source: cloudinit/config/modules.py. */
function moduleOf(item: unknown): string | undefined {
  const named: unknown = Array.isArray(item)
    ? item[0]
    : typeof item === "object" && item !== null
      ? (item as Record<string, unknown>).name
      : item;
  return typeof named === "string"
    ? named.trim().replaceAll("-", "_").replace(/\.py$/i, "").replace(/^cc_/, "")
    : undefined;
}

function refuseHostKey(config: Config, name: string): void {
  if (!Object.hasOwn(config, "ssh_keys")) {
    return;
  }
  const keys = config.ssh_keys;
  if (typeof keys !== "object" || keys === null || Array.isArray(keys)) {
    throw new UserDataError(
      `${name} with ssh_keys that is no map`,
      "a map of keys, or no ssh_keys",
      "remove ssh_keys",
    );
  }
  const others = Object.entries(keys).filter(([, value]) => typeof value !== "string");
  if (others.length > 0 || Object.hasOwn(keys, OTHER_KEYS)) {
    throw new UserDataError(
      `${name} with ssh_keys that has a key or a value that is no text`,
      "text: cloud-init would otherwise stop before it writes the host key that the server gets from here",
      "write the keys as text, below the name and |",
    );
  }
  const taken = HOST_KEYS.filter((key) => Object.hasOwn(keys, key));
  if (taken.length > 0) {
    throw new UserDataError(
      `${name} with ssh_keys that has ${taken.join(" and ")}`,
      "SSH host keys of other types: the server gets an ed25519 key from here, which connections are checked against",
      `remove ${taken.join(" and ")} from ssh_keys`,
    );
  }
}
