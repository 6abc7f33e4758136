import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { ensureEngine } from "../../../lab/engine/engine";
import { providePlugins } from "../../../lab/engine/plugins";
import { LAB_FOLDER_VARIABLE, type Lab } from "../../../lab/identity";
import { createProgress } from "../../../lab/progress";

const CHECKOUT = path.resolve(__dirname, "../../..");

/** What `pulumi` ended with, and what it said. */
export interface CliRun {
  readonly code: number;
  readonly output: string;
}

/** An example as a user has it: copied to a folder of its own, with the published package installed, run by the CLI. */
export class ExampleProject {
  private constructor(
    private readonly folder: string,
    private readonly command: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param name the name of a folder of `examples` */
  static async open(lab: Lab, name: string): Promise<ExampleProject> {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-example-"));
    const folder = path.join(root, name);
    fs.cpSync(path.join(CHECKOUT, "examples", name), folder, { recursive: true });
    installPackage(folder);
    const { command } = await ensureEngine(lab, createProgress(process.stderr));
    const home = path.join(root, "home");
    providePlugins(home, {});
    const project = new ExampleProject(folder, command, {
      ...process.env,
      [LAB_FOLDER_VARIABLE]: lab.dir,
      // The language host of the full CLI stands beside it, on PATH.
      PATH: `${path.join(__dirname, "../plain")}:${path.dirname(command)}:${process.env["PATH"] ?? ""}`,
      PULUMI_BACKEND_URL: `file://${root}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    await project.pulumi("stack", "init", "dev");
    return project;
  }

  /** Sets configuration, by keys that may be paths. */
  async configure(
    values: Readonly<Record<string, string>>,
    kind: "plaintext" | "secret" = "plaintext",
  ): Promise<void> {
    const pairs = Object.entries(values).flatMap(([key, value]) => [`--${kind}`, `${key}=${value}`]);
    await this.pulumi("config", "set-all", "--path", ...pairs);
  }

  /** Runs `pulumi`, which must end well. */
  async pulumi(...args: string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code !== 0) {
      throw new Error(`pulumi ${args[0] ?? ""} ended with ${code}: ${output}`);
    }
    return output;
  }

  async run(...args: string[]): Promise<CliRun> {
    const options = { cwd: this.folder, env: this.env, maxBuffer: 64 * 1024 * 1024 };
    try {
      const { stdout, stderr } = await promisify(execFile)(
        this.command,
        ["--non-interactive", ...args],
        options,
      );
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof code !== "number") {
        throw error;
      }
      return { code, output: `${stdout ?? ""}${stderr ?? ""}` };
    }
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.pulumi("stack", "output", "--json")) as Record<string, unknown>;
  }

  remove(): void {
    fs.rmSync(path.dirname(this.folder), { recursive: true });
  }
}

let built = false;

/** The package that would be published; compiled once for all projects of a test file. */
function pack(folder: string): string {
  if (!built) {
    run(process.execPath, "--import", "tsx", "build.ts");
    built = true;
  }
  run("npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder);
  return path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
}

/** As `npm install` does it. */
function installPackage(folder: string): void {
  const modules = path.join(folder, "node_modules");
  const installed = path.join(modules, "pulumi-listen-backlog");
  fs.mkdirSync(installed, { recursive: true });
  run(
    "tar",
    "--extract",
    "--strip-components=1",
    `--directory=${installed}`,
    `--file=${pack(path.dirname(folder))}`,
  );
  for (const name of ["@pulumi", "@types", "yaml", "typescript"]) {
    fs.symlinkSync(fs.realpathSync(path.join(CHECKOUT, "node_modules", name)), path.join(modules, name));
  }
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: CHECKOUT, encoding: "utf8" });
}
