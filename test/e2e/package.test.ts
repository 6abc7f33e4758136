import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHECKOUT = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-package-"));
const installed = path.join(folder, "node_modules", "pulumi-listen-backlog");

/** Runs a program in the folder of a user who installed the package. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
}

beforeAll(() => {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: CHECKOUT, encoding: "utf8" });
  run(process.execPath, "--import", "tsx", "build.ts");
  run("npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder);
  const [archive] = fs.readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  fs.mkdirSync(installed, { recursive: true });
  run(
    "tar",
    "--extract",
    "--strip-components=1",
    `--directory=${installed}`,
    `--file=${path.join(folder, archive ?? "")}`,
  );
  // The dependencies of the package, as an installation puts them beside it. No TypeScript among them.
  for (const name of ["@pulumi", "yaml"]) {
    fs.symlinkSync(path.join(CHECKOUT, "node_modules", name), path.join(folder, "node_modules", name));
  }
});

afterAll(() => fs.rmSync(folder, { recursive: true }));

describe("the published package", () => {
  it("holds compiled sources and what they read, and nothing of the lab or the tests", () => {
    const files = fs.readdirSync(installed, { recursive: true }).map(String);
    expect(files).toContain("dist/probe/listen-backlog-probe.sh");
    expect(files).toContain("dist/components/index.d.ts");
    expect(files).toContain("dist/policies/PulumiPolicy.yaml");
    expect(files.filter((file) => /(?:^|\/)(?:lab|test|bench)(?:\/|$)|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it("can be required: components, model, user data, probe", () => {
    const script = `
      const { TunedServer } = require("pulumi-listen-backlog");
      const { findSoftware } = require("pulumi-listen-backlog/backlog");
      const { composeUserData } = require("pulumi-listen-backlog/cloudinit");
      const { probeScript } = require("pulumi-listen-backlog/probe");
      console.log(TunedServer.__pulumiType, findSoftware("nginx").software,
        composeUserData(undefined, { settings: [], relisten: [] }).split("\\n")[1], probeScript().split("\\n")[0]);`;
    expect(node("-e", script)).toBe("listen-backlog:index:TunedServer nginx MIME-Version: 1.0 #!/bin/sh\n");
  });

  it("starts its policy pack without a TypeScript compiler", async () => {
    const pack = path.join(installed, "dist", "policies");
    const child = spawn(
      process.execPath,
      [path.join(CHECKOUT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack"), "127.0.0.1:1", pack],
      {
        cwd: pack,
        env: { ...process.env, PULUMI_NODEJS_TYPESCRIPT: "false" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    try {
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      const port = await new Promise<string>((resolve, reject) => {
        child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
        child.once("close", () => reject(new Error(`the pack ended: ${errors}`)));
      });
      expect(port).toMatch(/^\d+$/);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
