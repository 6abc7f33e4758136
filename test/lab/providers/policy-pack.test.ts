import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryFolder } from "./fakes";

const CHECKOUT = path.resolve(__dirname, "../../..");
const SHIM = path.join(CHECKOUT, "lab/bin/pulumi-analyzer-policy-nodejs");

/** A policy pack as its author leaves it: TypeScript, with files that import each other. */
function pack(index: string): string {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, "rules"));
  symlinkSync(path.join(CHECKOUT, "node_modules"), path.join(folder, "node_modules"));
  const files = {
    "PulumiPolicy.yaml": "runtime: nodejs\nmain: index.ts\n",
    "package.json": JSON.stringify({ name: "sample", version: "1.2.3", main: "index.ts" }),
    "index.ts": index,
    "rules/none.ts": 'export const name: string = "none"; const wrong: number = "not a number";',
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Starts the pack as the engine does, until it says its port or ends. */
async function start(folder: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = spawn(SHIM, ["127.0.0.1:1", folder], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
    child.kill();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { ...said, code };
}

describe("the program pulumi-analyzer-policy-nodejs", () => {
  it("runs a pack in TypeScript, with what it imports, and prints nothing but its port", async () => {
    const folder = pack(`
      import { PolicyPack } from "@pulumi/policy";
      import { name } from "./rules/none";
      new PolicyPack(name, { policies: [] });
    `);
    expect((await start(folder)).stdout).toMatch(/^\d+\n$/);
  }, 30_000);

  it("does not let a pack pass that cannot be run", async () => {
    const broken = await start(pack('throw new Error("a broken pack");'));
    expect(broken.stdout).toBe("");
    expect(broken.code).not.toBe(0);
    const unreadable = await start(pack("export const = ;"));
    expect(unreadable.stdout).toBe("");
    expect(unreadable.code).not.toBe(0);
    expect(unreadable.stderr).toContain("index.ts");
  }, 30_000);
});
