import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { showGiven } from "../backlog/finding";
import { LabError } from "./errors";
import { makeFolders } from "./folders";

/** One lab: a folder, and the names that derive from it, so that several labs on one machine never collide. */
export interface Lab {
  /** The folder with everything that this lab keeps: absolute, symbolic links resolved, mode 0700. */
  readonly dir: string;
  /** Eight hex digits of the SHA-256 of `dir`. */
  readonly id: string;
  /** Name of the network bridge (the kernel allows 15 characters). */
  readonly bridge: string;
  /** Name of the cgroup that holds the processes of all hosts. */
  readonly cgroup: string;
  /** What all labs of this user share: the built engine, the base image. It can be deleted at any time. */
  readonly cacheDir: string;
}

/** The environment variable that moves the lab to another folder. */
export const LAB_FOLDER_VARIABLE = "LISTEN_BACKLOG_LAB";

/** In the folder of every lab, so that no other folder is taken for one (and cleared) by mistake. */
const MARKER = ".listen-backlog-lab";

/** overlayfs splits its options at `,` and `:`, PATH at `:`, URLs at `?` and `#`; quotes and controls end up in shells and logs. */
const USABLE_PATH = /^[\p{L}\p{N} ._/+@=-]+$/u;

const checkout = path.resolve(__dirname, "..");

/**
 * Opens the lab of this checkout, or the one that `LISTEN_BACKLOG_LAB` names (absolute, or relative to the current
 * folder). Creates the folder when there is none, and adopts an empty one.
 *
 * @throws LabError when the folder cannot be used: bad characters, not a folder, somebody else's, or full of other things.
 */
export function openLab(env: NodeJS.ProcessEnv = process.env): Lab {
  const wanted = path.resolve(env[LAB_FOLDER_VARIABLE] || path.join(checkout, ".lab"));
  requireUsablePath(wanted);
  try {
    makeFolders(wanted);
  } catch (cause) {
    throw refusal(wanted, `cannot be created: ${reason(cause)}`, cause);
  }
  const dir = fs.realpathSync(wanted);
  requireUsablePath(dir);
  adopt(dir);
  const id = createHash("sha256").update(dir).digest("hex").slice(0, 8);
  return { dir, id, bridge: `lb-${id}`, cgroup: `listen-backlog-${id}`, cacheDir: cacheFolder(env) };
}

/**
 * Eight /24 networks that this lab may use, as prefixes such as `10.140.7`, always in the same order. All lie in 10.128.0.0/10,
 * where home routers, Docker (172.16/12) and most VPN defaults are not; the first one that is free on the machine is taken.
 */
export function subnetCandidates(lab: Pick<Lab, "id">): string[] {
  const prefixes = new Set<string>();
  for (let attempt = 0; prefixes.size < 8; attempt++) {
    const digest = createHash("sha256").update(`${lab.id}/${attempt}`).digest();
    prefixes.add(`10.${128 + (digest.readUInt8(0) % 64)}.${digest.readUInt8(1)}`);
  }
  return [...prefixes];
}

function requireUsablePath(dir: string): void {
  if (!USABLE_PATH.test(dir)) {
    throw refusal(
      dir,
      "has characters in its path that mounts and URLs cannot carry; allowed are letters, digits, spaces and . _ / + @ = -",
    );
  }
}

/** Makes an empty folder a lab, and refuses one that holds anything else. */
function adopt(dir: string): void {
  const stat = fs.statSync(dir);
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid) {
    throw refusal(dir, `belongs to the user with id ${stat.uid}, and you are ${uid}`);
  }
  const marker = path.join(dir, MARKER);
  if (fs.existsSync(marker)) {
    return;
  }
  if (fs.readdirSync(dir).length > 0) {
    throw refusal(dir, "holds files that no lab has put there, and a lab deletes its folder's content");
  }
  try {
    // The disks of the hosts hold set-uid programs: nobody else may reach them.
    fs.chmodSync(dir, 0o700);
    fs.writeFileSync(
      marker,
      "The folder of a lab of pulumi-listen-backlog; `npm run lab -- destroy` empties it.\n",
      { mode: 0o600 },
    );
  } catch (cause) {
    throw refusal(dir, `cannot be written: ${reason(cause)}`, cause);
  }
}

/** The XDG base directory rules: a relative XDG_CACHE_HOME counts as unset. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env["XDG_CACHE_HOME"];
  const base = xdg && path.isAbsolute(xdg) ? xdg : path.join(env["HOME"] || os.homedir(), ".cache");
  const dir = path.join(path.resolve(base), "pulumi-listen-backlog");
  if (!USABLE_PATH.test(dir)) {
    throw new LabError(
      `the cache folder ${showGiven(dir)} has characters in its path that mounts cannot carry`,
      {
        fix: "set XDG_CACHE_HOME to a folder whose path has only letters, digits, spaces and . _ / + @ = -",
      },
    );
  }
  return dir;
}

function refusal(dir: string, why: string, cause?: unknown): LabError {
  return new LabError(`the lab folder ${showGiven(dir)} ${why}`, {
    fix: `set ${LAB_FOLDER_VARIABLE} to a new or empty folder of yours, for example ${LAB_FOLDER_VARIABLE}=/var/tmp/lab`,
    cause,
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
