import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** The Debian release of every lab host. */
export const SUITE = "bookworm";

/** What is in the image besides Debian's essential packages and apt: a small cloud image, with the servers that stacks configure. */
export const PACKAGES: readonly string[] = [
  "systemd-sysv",
  "dbus",
  "cloud-init",
  "openssh-server",
  "procps",
  "iproute2",
  "sudo",
  "netbase",
  "ca-certificates",
  "python3",
  "nginx-light",
  "redis-server",
];

/** How the packages are unpacked. None of it stays in the image. */
export const BUILD_OPTIONS: readonly string[] = [
  "--mode=root",
  "--variant=minbase",
  "--format=directory",
  '--aptopt=Acquire::Languages "none"',
  '--aptopt=APT::Install-Recommends "false"',
  // The disk is told to write everything once, at the end, instead of after every file: a third of the time.
  "--dpkgopt=force-unsafe-io",
  "--dpkgopt=path-exclude=/usr/share/man/*",
  "--dpkgopt=path-exclude=/usr/share/locale/*",
  "--dpkgopt=path-exclude=/usr/share/doc/*",
  "--dpkgopt=path-include=/usr/share/doc/*/copyright",
];

/** The folder with the settings files and the script that puts them into the image. */
export const IMAGE_FOLDER = path.join(__dirname, "image");

/** Debian's name of this machine's processor. */
export function debianArchitecture(processor: string = os.arch()): string {
  return { x64: "amd64", ia32: "i386", arm: "armhf" }[processor] ?? processor;
}

/** Everything that decides what is in the image. */
export interface Recipe {
  readonly suite: string;
  readonly architecture: string;
  readonly packages: readonly string[];
  readonly options: readonly string[];
  /** Path inside the image folder, and content. */
  readonly files: ReadonlyMap<string, string>;
}

/** The recipe that this checkout builds. */
export function currentRecipe(): Recipe {
  const files = fs
    .readdirSync(IMAGE_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file): [string, string] => [path.relative(IMAGE_FOLDER, file), fs.readFileSync(file, "utf8")])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    suite: SUITE,
    architecture: debianArchitecture(),
    packages: PACKAGES,
    options: BUILD_OPTIONS,
    files: new Map(files),
  };
}

/** The key of a recipe: equal recipes, and only they, have the same one. 64 hex digits. */
export function recipeKey(recipe: Recipe): string {
  const { suite, architecture, packages, options, files } = recipe;
  const text = JSON.stringify({ suite, architecture, packages, options, files: [...files] });
  return createHash("sha256").update(text).digest("hex");
}
