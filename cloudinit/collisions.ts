import { posix } from "node:path";
import { FILE_MARK, type OwnNeeds } from "./part";
import { UserDataError } from "./user-data-error";

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
  if (!Array.isArray(list) || !list.some((item) => moduleOf(item) === module)) {
    throw new UserDataError(
      `${name} with ${key} without ${module}`,
      `a list with ${module}, which runs a part of ours, or no ${key}, which leaves the image's own list`,
      `add ${module} to ${key}, or remove it`,
    );
  }
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
  const taken = HOST_KEYS.filter((key) => Object.hasOwn(keys, key));
  if (taken.length > 0) {
    throw new UserDataError(
      `${name} with ssh_keys that has ${taken.join(" and ")}`,
      "SSH host keys of other types: the server gets an ed25519 key from here, which connections are checked against",
      `remove ${taken.join(" and ")} from ssh_keys`,
    );
  }
}
