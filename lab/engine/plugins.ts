import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { compare } from "semver";

import { shellQuote } from "../../cloudinit/shell-quote";
import { LabError } from "../errors";
import { findOnPath, isExecutableFile } from "./executable";

/** Who runs the commands of the `command` package: the lab's stand-in, or the real plugin (`plugin 1.2.1 at /...`). */
export type CommandProvider = "stand-in" | `plugin ${string}`;

/** The lab's own executables that take the place of plugins. */
const SHIMS = path.resolve(__dirname, "..", "bin");

/**
 * Fills the plugin folder of the lab's Pulumi home, the only place where the engine looks: whatever plugins the user has
 * installed or on PATH, a real `aws` provider is never started.
 *
 * @param home the lab's PULUMI_HOME.
 * @param env the user's environment, in which an installed `command` plugin of version 1.2.x is looked for.
 * @param shims the folder with the stand-ins.
 * @throws LabError when a stand-in is missing.
 */
export function providePlugins(home: string, env: NodeJS.ProcessEnv, shims: string = SHIMS): CommandProvider {
  const real = findCommandPlugin(env, shims);
  const plugins = path.join(home, "plugins");
  const wanted = new Map<string, readonly [name: string, target: string]>([
    [
      `resource-aws-v${sdkVersion("@pulumi/aws")}`,
      ["pulumi-resource-aws", shimPath(shims, "pulumi-resource-aws")],
    ],
    [
      `resource-command-v${sdkVersion("@pulumi/command")}`,
      ["pulumi-resource-command", real?.file ?? shimPath(shims, "pulumi-resource-command")],
    ],
    [
      `analyzer-policy-nodejs-v${sdkVersion("@pulumi/pulumi")}`,
      ["pulumi-analyzer-policy-nodejs", shimPath(shims, "pulumi-analyzer-policy-nodejs")],
    ],
  ]);
  fs.mkdirSync(plugins, { recursive: true, mode: 0o700 });
  for (const name of fs.readdirSync(plugins).filter((name) => !wanted.has(name))) {
    fs.rmSync(path.join(plugins, name), { recursive: true, force: true });
  }
  for (const [folder, [name, target]] of wanted) {
    writeStarter(path.join(plugins, folder), name, target);
  }
  return real?.label ?? "stand-in";
}

/** The packages whose providers the lab stands in for: `command` only where the real plugin is not installed. */
export function standInPackages(env: NodeJS.ProcessEnv, shims: string = SHIMS): string[] {
  return findCommandPlugin(env, shims) === undefined ? ["aws", "command"] : ["aws"];
}

/** A starter and not a link: the shims find their own folder by their own name. */
function writeStarter(folder: string, name: string, target: string): void {
  const file = path.join(folder, name);
  const text = `#!/bin/sh\nexec ${shellQuote(target)} "$@"\n`;
  if (isExecutableFile(file) && fs.readFileSync(file, "utf8") === text) {
    return;
  }
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Replaced in one step: an engine that a killed run left may just be starting it.
  fs.writeFileSync(`${file}.new`, text, { mode: 0o700 });
  fs.renameSync(`${file}.new`, file);
}

function shimPath(shims: string, name: string): string {
  const file = path.join(shims, name);
  if (!isExecutableFile(file)) {
    throw new LabError(`the lab's ${name} is missing or not executable: ${file}`, {
      fix: "restore it: git checkout -- lab/bin",
    });
  }
  return file;
}

/** The version of an SDK in node_modules: the engine asks for a plugin of exactly that version. */
function sdkVersion(name: string): string {
  const manifest: unknown = JSON.parse(fs.readFileSync(require.resolve(`${name}/package.json`), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined;
  if (typeof version !== "string") {
    throw new LabError(`the package ${name} in node_modules has no version`, {
      fix: "install the packages again: npm ci",
    });
  }
  return version;
}

interface FoundPlugin {
  readonly file: string;
  readonly label: CommandProvider;
}

/** The newest installed `command` plugin of version 1.2.x, or the one on PATH (which does not tell its version). */
function findCommandPlugin(env: NodeJS.ProcessEnv, shims: string): FoundPlugin | undefined {
  const home = env["PULUMI_HOME"] || path.join(env["HOME"] || os.homedir(), ".pulumi");
  const plugins = path.join(home, "plugins");
  const versions = (fs.existsSync(plugins) ? fs.readdirSync(plugins) : [])
    .flatMap((name) => /^resource-command-v(1\.2\.\d+)$/.exec(name)?.[1] ?? [])
    // The engine leaves such a file beside a plugin while it installs it.
    .filter((version) => !fs.existsSync(path.join(plugins, `resource-command-v${version}.partial`)))
    .sort(compare)
    .reverse();
  for (const version of versions) {
    const file = path.join(plugins, `resource-command-v${version}`, "pulumi-resource-command");
    if (isExecutableFile(file)) {
      return { file, label: `plugin ${version} at ${file}` };
    }
  }
  const elsewhere = (env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((folder) => path.resolve(folder) !== shims);
  const file = findOnPath("pulumi-resource-command", elsewhere.join(path.delimiter));
  return file === undefined ? undefined : { file, label: `plugin of unknown version at ${file}` };
}
