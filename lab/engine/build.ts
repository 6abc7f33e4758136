import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";

import { LabError } from "../errors";
import { ask, findOnPath } from "./executable";
import { explainFailedBuild } from "./build-failure";
import { type Disk, diskOfFolder, spaceProblem } from "./space";
import { ACCEPTED_VERSIONS, BUILT_VERSION, isAtLeast, parseGoVersion, requiredGoVersion } from "./version";

/** The folder with the committed go.mod and go.sum that pin the engine and everything in it. */
export const MODULE_FOLDER = __dirname;

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** Without the version in it the binary reports an empty one, and the Automation API refuses it. */
export const BUILD_FLAGS: readonly string[] = [
  "-mod=readonly",
  "-trimpath",
  "-buildvcs=false",
  "-ldflags",
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${BUILT_VERSION}`,
];

/** Settings that decide what comes out, the same on every machine whatever the user's own Go settings are. */
export const BUILD_SETTINGS: Readonly<Record<string, string>> = {
  CGO_ENABLED: "0",
  // An older Go must say so, and not fetch another Go behind the user's back.
  GOTOOLCHAIN: "local",
  GOWORK: "off",
  GO111MODULE: "on",
  // Not empty: an empty one falls back to what `go env -w` has set.
  GOFLAGS: "-mod=readonly",
};

/** Measured with Go 1.26 and an empty cache: 1.5 GB of modules, 1.7 GB of build cache, 0.4 GB while linking. */
const MODULE_BYTES = 1_700_000_000;
const COMPILE_BYTES = 1_900_000_000;
const LINK_BYTES = 400_000_000;

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  /** An empty folder for all temporary files, on the file system of `output`. */
  readonly scratch: string;
  /** Where the executable goes. */
  readonly output: string;
  readonly note: (detail: string) => void;
  /** Asks for the free space of a folder's disk; tests have small disks. */
  readonly diskOf?: (folder: string) => Disk;
}

/** An installed Go that is new enough. */
export interface Go {
  readonly command: string;
  readonly version: string;
}

/** Finds Go. @throws LabError when there is none, or one that is too old for the pinned engine. */
export async function findGo(env: NodeJS.ProcessEnv): Promise<Go> {
  const wanted = requiredGoVersion(fs.readFileSync(path.join(MODULE_FOLDER, "go.mod"), "utf8"));
  const command = findOnPath("go", env["PATH"]);
  if (command === undefined) {
    throw new LabError("there is no Pulumi CLI on PATH, and no Go to build its engine with", {
      fix:
        `install one of them: the Pulumi CLI ${ACCEPTED_VERSIONS} (https://www.pulumi.com/docs/install/), or Go ${wanted} ` +
        "or later (https://go.dev/dl/; its bin folder, usually /usr/local/go/bin, must be on PATH)",
    });
  }
  const { stdout, stderr } = await ask(command, ["version"], { env: goEnvironment(env), cwd: os.tmpdir() });
  const version = parseGoVersion(stdout);
  if (version === undefined) {
    throw new LabError(
      `${command} does not say its version: ${(stderr || stdout).trim().slice(0, 300) || "no output"}`,
      {
        fix: `install Go ${wanted} or later (https://go.dev/dl/), or the Pulumi CLI ${ACCEPTED_VERSIONS}`,
      },
    );
  }
  if (!isAtLeast(version, wanted)) {
    throw new LabError(
      `Go ${version} (${command}) is too old to build the Pulumi engine ${BUILT_VERSION}: it needs Go ${wanted}`,
      {
        fix: `install Go ${wanted} or later (https://go.dev/dl/), or the Pulumi CLI ${ACCEPTED_VERSIONS} (https://www.pulumi.com/docs/install/)`,
      },
    );
  }
  return { command, version };
}

/** Builds the engine from its Go module. @throws LabError that names the cause: network, registry, disk, memory, Go. */
export async function buildEngine(go: Go, options: BuildOptions): Promise<void> {
  const env = { ...goEnvironment(options.env), GOTMPDIR: options.scratch };
  const folders = await cacheFolders(go, env);
  requireSpace(folders, options);
  const { output, ended } = await runBuild(go, env, options);
  if (ended !== undefined) {
    const goMod = fs.readFileSync(path.join(MODULE_FOLDER, "go.mod"), "utf8");
    throw explainFailedBuild({
      output,
      ended,
      goMod,
      folders: [folders.modules, folders.compiled, options.scratch],
    });
  }
}

function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, ...BUILD_SETTINGS };
}

interface CacheFolders {
  readonly modules: string;
  readonly compiled: string;
}

async function cacheFolders(go: Go, env: NodeJS.ProcessEnv): Promise<CacheFolders> {
  const { code, stdout, stderr } = await ask(go.command, ["env", "GOMODCACHE", "GOCACHE"], {
    env,
    cwd: os.tmpdir(),
  });
  const [modules, compiled] = stdout.split("\n");
  if (code !== 0 || !modules || !compiled || compiled === "off") {
    throw new LabError(`Go has no folder for its caches: ${(stderr || stdout).trim().slice(0, 300)}`, {
      fix: "set HOME, or GOPATH and GOCACHE, to folders that you may write",
    });
  }
  return { modules, compiled };
}

function requireSpace(folders: CacheFolders, options: BuildOptions): void {
  const downloaded = fs.existsSync(
    path.join(folders.modules, "github.com/pulumi/pulumi/pkg", `v3@v${BUILT_VERSION}`),
  );
  const problem = spaceProblem(
    [
      { folder: folders.modules, bytes: downloaded ? 0 : MODULE_BYTES },
      // How much of the build cache still fits cannot be seen from outside; with the modules there, most of it usually does.
      { folder: folders.compiled, bytes: downloaded ? COMPILE_BYTES / 2 : COMPILE_BYTES },
      { folder: options.scratch, bytes: LINK_BYTES },
    ],
    options.diskOf ?? diskOfFolder,
  );
  if (problem !== undefined) {
    throw new LabError(`the Pulumi engine cannot be built: ${problem}`, {
      fix: "free space there, point XDG_CACHE_HOME, GOCACHE and GOMODCACHE at a larger disk, or install the Pulumi CLI",
    });
  }
}

/** @returns all that Go said, and how it ended when that was not well. */
async function runBuild(
  go: Go,
  env: NodeJS.ProcessEnv,
  options: BuildOptions,
): Promise<{ output: string; ended: string | undefined }> {
  // `setpriv` makes the kernel end Go when this process dies, also by `kill -9`: no build runs on without its owner.
  const build = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", go.command, "build", "-v", ...BUILD_FLAGS, "-o", options.output, PACKAGE],
    {
      cwd: MODULE_FOLDER,
      env: { ...env, PATH: withSystemFolders(env["PATH"]) },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const ended = new Promise<string | undefined>((resolve) => {
    build.once("error", (error) => resolve(`no start: ${error.message}`));
    build.once("close", (code, signal) =>
      resolve(signal ? `signal ${signal}` : code === 0 ? undefined : `exit code ${code ?? "unknown"}`),
    );
  });
  const lines: string[] = [];
  let [downloads, packages] = [0, 0];
  for await (const line of readline.createInterface({ input: build.stderr })) {
    lines.push(line);
    if (line.startsWith("go: downloading ")) {
      downloads++;
      options.note(`downloading modules: ${downloads}, now ${line.slice("go: downloading ".length)}`);
    } else if (/^[\w.~-]+(?:\/[\w.~-]+)*$/.test(line)) {
      packages++;
      options.note(line === PACKAGE ? "linking" : `compiling packages: ${packages}, now ${line}`);
    }
  }
  return { output: lines.join("\n"), ended: await ended };
}

/** `setpriv` is in /usr/bin on every Debian; a PATH of the caller's own need not have it. */
function withSystemFolders(searchPath: string | undefined): string {
  return [searchPath, "/usr/bin", "/bin"].filter(Boolean).join(path.delimiter);
}
