import * as fs from "node:fs/promises";
import * as path from "node:path";

import { spaceProblem } from "../engine/space";
import { LabError } from "../errors";
import type { Lab } from "../identity";
import { withLock } from "../lock";
import type { Progress } from "../progress";
import { explainAptFailure } from "./apt-failure";
import { debianSources, type AptSourceFile } from "./apt-sources";
import { describeEnd, runCommand } from "./command";
import { imageLock, imagePaths, imagesFolder, pruneImages, touchImage } from "./image-cache";
import { folderEntries, missing } from "./records";
import { currentRecipe, IMAGE_FOLDER, recipeKey, type Recipe } from "./recipe";

/** What the tree and the downloaded packages need at most while it is built. Bytes. */
const NEEDED_SPACE = 900_000_000;

/** What a build needs from the machine; tests put their own here. */
export interface BuildEnvironment {
  /** The folder of apt's configuration. */
  readonly aptFolder: string;
  readonly env: NodeJS.ProcessEnv;
}

const THIS_MACHINE: BuildEnvironment = { aptFolder: "/etc/apt", env: process.env };

/** Makes sure that the base image of this checkout is in the cache. Takes about a minute the first time. */
export async function ensureImage(
  lab: Lab,
  progress: Progress,
  machine: BuildEnvironment = THIS_MACHINE,
): Promise<void> {
  const recipe = currentRecipe();
  const key = recipeKey(recipe);
  if (await touchImage(lab, key)) {
    return;
  }
  await progress.step("build the base image of the hosts (Debian 12)", (note) =>
    withLock(
      imageLock(lab),
      "building the base image of the lab hosts",
      async () => {
        // Whoever held the lock before may have built it.
        if (!(await touchImage(lab, key))) {
          await pruneImages(lab, key);
          await buildImage(lab, recipe, key, machine, note);
        }
      },
      (holder) => note(`waiting for ${holder}`),
    ),
  );
}

async function buildImage(
  lab: Lab,
  recipe: Recipe,
  key: string,
  machine: BuildEnvironment,
  note: (detail: string) => void,
): Promise<void> {
  const sources = await machineSources(machine.aptFolder, recipe.suite);
  const problem = spaceProblem([{ folder: imagesFolder(lab), bytes: NEEDED_SPACE }]);
  if (problem !== undefined) {
    throw new LabError(`the base image cannot be built: ${problem}`, {
      fix: `free space there, or set XDG_CACHE_HOME to a folder on another disk, then try again`,
    });
  }
  const final = imagePaths(lab, key);
  // A folder without its marker is what a killed build or prune left.
  await fs.rm(final.folder, { recursive: true, force: true });
  // Beside the final place, so that the rename at the end is one step on one file system.
  const work = await fs.mkdtemp(path.join(imagesFolder(lab), "building-"));
  try {
    const mirrors: string[] = [];
    for (const [name, text] of Object.entries({
      "debian.sources": sources.stanzas,
      "debian.list": sources.lines,
    })) {
      if (text !== "") {
        mirrors.push(path.join(work, name));
        await fs.writeFile(path.join(work, name), text, { mode: 0o600 });
      }
    }
    const rootfs = path.join(work, "rootfs");
    await unpack(recipe, rootfs, mirrors, machine, note);
    note("writing it to disk");
    await require0(["sync", "--file-system", rootfs], imagesFolder(lab), machine.env);
    const image = path.join(work, "image");
    await fs.mkdir(image, { mode: 0o700 });
    await fs.rename(rootfs, path.join(image, "rootfs"));
    await fs.rename(image, final.folder);
    await fs.writeFile(final.marker, `${JSON.stringify({ key, built: new Date().toISOString() })}\n`, {
      mode: 0o600,
    });
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

async function unpack(
  recipe: Recipe,
  rootfs: string,
  mirrors: readonly string[],
  machine: BuildEnvironment,
  note: (detail: string) => void,
): Promise<void> {
  const env = { ...machine.env, LC_ALL: "C", TMPDIR: path.dirname(rootfs) };
  const acquire = await acquireOptions(env);
  const command = [
    // When this process is killed, the kernel kills `unshare`, with it everything that the build started, and with that
    // its mounts: nothing keeps writing into a folder that the next build clears.
    ...["setpriv", "--pdeathsig", "KILL"],
    ...["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"],
    // Files of the image must not depend on what the caller lets others read.
    ...["sh", "-c", 'umask 022 && exec "$@"', "sh", "mmdebstrap"],
    ...recipe.options,
    ...acquire.map((option) => `--aptopt=${option}`),
    `--architectures=${recipe.architecture}`,
    `--include=${recipe.packages.join(",")}`,
    `--customize-hook=${path.join(IMAGE_FOLDER, "customize.sh")}`,
    recipe.suite,
    rootfs,
    ...mirrors,
  ];
  await require0(command, path.dirname(path.dirname(rootfs)), env, (line) => {
    const step = /^I: (.*)$/.exec(line)?.[1];
    if (step !== undefined) {
      note(step);
    }
  });
}

/** Runs one step of the build, and explains its failure. */
async function require0(
  [command = "", ...args]: readonly string[],
  where: string,
  env: NodeJS.ProcessEnv,
  onLine?: (line: string) => void,
): Promise<void> {
  const result = await runCommand(command, args, { env, ...(onLine && { onLine }) });
  if (result.code !== 0) {
    throw explainAptFailure(
      "building the base image of the hosts",
      `${result.stdout}\n${result.stderr}`,
      describeEnd(result),
      where,
    );
  }
}

/** Debian's own repositories, as this machine has them configured: the same mirror, proxy and keys. */
async function machineSources(aptFolder: string, suite: string): Promise<{ stanzas: string; lines: string }> {
  const files: AptSourceFile[] = [];
  const parts = path.join(aptFolder, "sources.list.d");
  for (const file of [
    path.join(aptFolder, "sources.list"),
    ...(await folderEntries(parts)).sort().map((name) => path.join(parts, name)),
  ]) {
    const text = await readIfThere(file);
    if (text !== undefined) {
      files.push({ name: path.basename(file), text });
    }
  }
  const sources = debianSources(files, suite);
  if (sources.stanzas === "" && sources.lines === "") {
    throw new LabError(
      `the apt sources of this machine have no entry for Debian 12 (${suite}, component main)`,
      {
        fix: `add one, for example: echo 'deb MIRROR ${suite} main' > ${parts}/${suite}.list, with the Debian mirror of your choice as MIRROR`,
      },
    );
  }
  return sources;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    return missing<string | undefined>(error, undefined);
  }
}

/** How apt on this machine downloads (proxy, retries, date checks), so that the build can do what `apt-get update` can. */
async function acquireOptions(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stdout } = await runCommand("apt-config", ["dump"], { env });
  return stdout
    .split("\n")
    .filter((line) =>
      /^Acquire::(?:Check-[A-Za-z-]+|Retries|ForceIPv[46]|https?(?:::[^ ]+)?) ".+";$/.test(line),
    );
}
