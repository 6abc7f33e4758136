import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { LabError } from "../errors";
import { makeFolders } from "../folders";
import type { Lab } from "../identity";
import { withLock } from "../lock";
import type { Progress } from "../progress";
import { BUILD_FLAGS, BUILD_SETTINGS, MODULE_FOLDER, buildEngine, findGo } from "./build";
import { ask, findOnPath, isExecutableFile } from "./executable";
import type { Disk } from "./space";
import { ACCEPTED_VERSIONS, BUILT_VERSION, isAcceptedVersion, parsePulumiVersion } from "./version";

/** A Pulumi CLI that the lab can use: its engine does the deployments. */
export interface Engine {
  /** Absolute path of the executable. */
  readonly command: string;
  /** Without `v`: `3.250.0`. */
  readonly version: string;
  /** Built by the lab from the Go module; otherwise installed by the user. */
  readonly built: boolean;
  /** The folder of `command`: an installed CLI has its language hosts and bundled plugins there. */
  readonly binDir: string;
}

/** What tests put in the place of the machine. */
export interface EngineOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly diskOf?: (folder: string) => Disk;
}

const COMMAND = "pulumi";
/** Written when everything else is there: a folder without it, or with another size in it, is no engine. */
const MARKER = "complete.json";
const SCRATCH_PREFIX = ".building-";
/** Anything smaller is the shim of a version manager, which may answer differently tomorrow. Bytes. */
const SMALLEST_CLI = 1_000_000;

/**
 * Finds the engine: an installed `pulumi` of an accepted version, else the one that was built before, else builds it.
 * A build takes 4 to 5 minutes on two cores and about 4 GB in Go's caches; it is kept in the cache folder for all labs.
 *
 * @throws LabError when there is none and none can be built, with the cause and what to install, free or set.
 */
export async function ensureEngine(
  lab: Pick<Lab, "cacheDir">,
  progress: Progress,
  options: EngineOptions = {},
): Promise<Engine> {
  const env = options.env ?? process.env;
  const home = path.join(lab.cacheDir, "engine");
  makeFolder(home);
  const installed = await findInstalled(env, home);
  if ("engine" in installed) {
    return installed.engine;
  }
  if (installed.passedOver !== undefined) {
    await progress.step(installed.passedOver, () => Promise.resolve());
  }
  const folder = path.join(home, `${BUILT_VERSION}-${cacheKey()}`);
  return (
    readCache(folder) ??
    (await progress.step(`build the Pulumi engine ${BUILT_VERSION}, once`, (note) =>
      withLock(
        path.join(home, "build.lock"),
        "building the Pulumi engine",
        async () => readCache(folder) ?? (await build(folder, env, note, options.diskOf)),
        (holder) => note(`waiting for another lab: ${holder}`),
      ),
    ))
  );
}

/**
 * Looks for an engine without building one: an installed `pulumi` of an accepted version, or the one in the cache.
 *
 * @returns the engine, or what building one would take.
 */
export async function findEngine(
  lab: Pick<Lab, "cacheDir">,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine | { readonly toBuild: string }> {
  const home = path.join(lab.cacheDir, "engine");
  makeFolder(home);
  const installed = await findInstalled(env, home);
  if ("engine" in installed) {
    return installed.engine;
  }
  const cached = readCache(path.join(home, `${BUILT_VERSION}-${cacheKey()}`));
  if (cached) {
    return cached;
  }
  const go = await findGo(env);
  return { toBuild: `${BUILT_VERSION} is built with ${go.command}, 4 to 9 minutes, once` };
}

type Installed = { readonly engine: Engine } | { readonly passedOver: string | undefined };

/** Looks at the `pulumi` on PATH. What it answered is remembered: starting it just to ask takes a quarter of a second. */
async function findInstalled(env: NodeJS.ProcessEnv, home: string): Promise<Installed> {
  const command = findOnPath(COMMAND, env["PATH"]);
  if (command === undefined) {
    return { passedOver: undefined };
  }
  const file = fs.realpathSync(command);
  const { ino, size, mtimeMs, ctimeMs } = fs.statSync(file);
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([file, ino, size, mtimeMs, ctimeMs]))
    .digest("hex");
  const memory = path.join(home, `installed-${fingerprint.slice(0, 16)}`);
  let version = fs.existsSync(memory) ? parsePulumiVersion(fs.readFileSync(memory, "utf8")) : undefined;
  if (version === undefined) {
    const answer = await ask(command, ["version"], { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    version = answer.code === 0 ? parsePulumiVersion(answer.stdout) : undefined;
    if (version === undefined) {
      return { passedOver: `pass over ${command}: it does not say its version` };
    }
    if (size >= SMALLEST_CLI) {
      const found = version;
      usable(home, () => fs.writeFileSync(memory, found));
    }
  }
  if (!isAcceptedVersion(version)) {
    return {
      passedOver: `pass over ${command}: its version is ${version}, and ${ACCEPTED_VERSIONS} is needed`,
    };
  }
  return { engine: { command, version, built: false, binDir: path.dirname(command) } };
}

/** Everything that decides what the build gives: another pin or other flags are another engine. */
function cacheKey(): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) {
    hash.update(fs.readFileSync(path.join(MODULE_FOLDER, file)));
  }
  hash.update(JSON.stringify([BUILD_FLAGS, BUILD_SETTINGS, process.platform, process.arch]));
  return hash.digest("hex").slice(0, 16);
}

/** The engine in a cache folder, when it is whole. */
function readCache(folder: string): Engine | undefined {
  const command = path.join(folder, COMMAND);
  const marker = path.join(folder, MARKER);
  if (!isExecutableFile(command) || !fs.existsSync(marker)) {
    return undefined;
  }
  const whole = fs.readFileSync(marker, "utf8") === markerText(command);
  return whole ? { command, version: BUILT_VERSION, built: true, binDir: folder } : undefined;
}

function markerText(command: string): string {
  return JSON.stringify({ version: BUILT_VERSION, size: fs.statSync(command).size });
}

/** Builds into a folder beside, proves the result, and moves it into place in one step. Runs under the lock. */
async function build(
  folder: string,
  env: NodeJS.ProcessEnv,
  note: (detail: string) => void,
  diskOf: EngineOptions["diskOf"],
): Promise<Engine> {
  const home = path.dirname(folder);
  const go = await findGo(env);
  const scratch = usable(home, () => {
    // What a killed build left, and an engine that lost a part, are in the way; nobody else builds while the lock is held.
    for (const name of fs.readdirSync(home).filter((name) => name.startsWith(SCRATCH_PREFIX))) {
      removeFolder(path.join(home, name));
    }
    removeFolder(folder);
    return fs.mkdtempSync(path.join(home, SCRATCH_PREFIX));
  });
  try {
    const result = path.join(scratch, "result");
    fs.mkdirSync(result);
    const command = path.join(result, COMMAND);
    await buildEngine(go, { env, scratch, output: command, note, ...(diskOf && { diskOf }) });
    note("trying it");
    await prove(command, scratch, env);
    usable(home, () => {
      fs.writeFileSync(path.join(result, MARKER), markerText(command));
      fs.renameSync(result, folder);
    });
  } finally {
    removeFolder(scratch);
  }
  const engine = readCache(folder);
  if (engine === undefined) {
    throw new LabError(`the Pulumi engine is gone from ${folder} right after it was built`, {
      fix: "check what else clears that folder, then try again",
    });
  }
  return engine;
}

async function prove(command: string, scratch: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { code, stdout, stderr } = await ask(command, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: path.join(scratch, "home") },
    cwd: os.tmpdir(),
  });
  if (code !== 0 || parsePulumiVersion(stdout) !== BUILT_VERSION) {
    throw new LabError(
      `the Pulumi engine was built but does not run: wanted version ${BUILT_VERSION}, got ${(stdout + stderr).trim().slice(0, 300) || "no answer"}`,
      {
        fix: `check that programs may run in ${path.dirname(scratch)} (a \`noexec\` mount?), or set XDG_CACHE_HOME to another disk`,
      },
    );
  }
}

function makeFolder(folder: string): void {
  usable(folder, () => {
    makeFolders(folder);
    fs.accessSync(folder, fs.constants.W_OK);
  });
}

/** Does something with the cache folder; when the file system refuses (full, read-only, forbidden), says so. */
function usable<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new LabError(
      `the cache folder ${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        fix: "make it writable for you, with free space, or set XDG_CACHE_HOME to a folder on another disk",
        cause,
      },
    );
  }
}

function removeFolder(folder: string): void {
  // The compilers of a killed build may still be writing for a moment.
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
