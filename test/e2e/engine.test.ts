import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Config, secret } from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ensureEngine } from "../../lab/engine/engine";
import { LabError } from "../../lab/errors";
import { createProgress } from "../../lab/progress";
import type { Outcome } from "../../lab/stack";
import { FOLDER, POLICIES, PROJECT, Thing, labIn, open } from "./engine/fixture";

let folder: string;
let dir: string;

// The first build of the engine takes minutes: hooks may, tests may not.
beforeAll(async () => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "lab-first-"));
  await ensureEngine(labIn(place), createProgress());
  fs.rmSync(place, { recursive: true });
});
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lab-stack-"));
  dir = path.join(folder, "my lab");
});
afterEach(() => fs.rmSync(folder, { recursive: true, maxRetries: 5, retryDelay: 100 }));

const empty = () => Promise.resolve({});
const inFolder = (name: string) => path.join(folder, name);
const errors = (outcome: Outcome) =>
  outcome.diagnostics.filter((said) => said.severity === "error").map((said) => said.message);
const lockFiles = () =>
  fs
    .readdirSync(path.join(dir, "pulumi", "state", ".pulumi", "locks"), { recursive: true })
    .filter((name) => String(name).endsWith(".json"));

/** The process ids of the engines at work on this lab, as their environment says. */
const engines = () =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(`LISTEN_BACKLOG_LAB=${dir}\0`) &&
          path.basename(fs.readlinkSync(`/proc/${pid}/exe`)) === "pulumi"
        );
      } catch (error) {
        return !(error instanceof Error); // gone since it was listed
      }
    });

async function waitFor(what: () => boolean): Promise<void> {
  for (let i = 0; !what(); i++) {
    if (i > 600) {
      throw new Error(`still not so after 30 seconds: ${String(what)}`);
    }
    await sleep(50);
  }
}

async function refusal(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.then(
    () => new Error("it was accepted"),
    (e: unknown) => e,
  );
  if (error instanceof LabError) {
    return error;
  }
  throw error;
}

async function urns(stack: Awaited<ReturnType<typeof open>>): Promise<string[]> {
  const state: unknown = (await stack.exportState()).deployment;
  const { resources = [] } = state as { resources?: { urn: string }[] };
  return resources.map((resource) => resource.urn);
}

describe("a stack in the lab", () => {
  it("goes from preview to up, up again, refresh and destroy", async () => {
    const program = () => {
      const config = new Config("listen-backlog");
      return Promise.resolve({
        sum: config.requireNumber("needed") + 1,
        greeting: config.require("greeting"),
        hidden: secret("s3cret"),
      });
    };
    const stack = await open(dir, program);
    expect(stack.interrupted).toEqual([]);
    let shown = "";

    expect(await stack.preview({ onOutput: (text) => (shown += text) })).toEqual({
      ok: true,
      changes: { create: 1 },
      policyViolations: [],
      diagnostics: [],
    });
    expect(shown).toContain("Previewing update (lab)");
    expect(await stack.outputs()).toEqual({});

    expect(await stack.up()).toMatchObject({ ok: true, changes: { create: 1 } });
    expect(await stack.outputs()).toEqual({ sum: 8, greeting: "hello", hidden: "s3cret" });
    expect(await stack.up()).toMatchObject({ ok: true, changes: { same: 1 } });

    // A new process would open it again: same state, same key.
    const again = await open(dir, program);
    expect(await again.outputs()).toEqual({ sum: 8, greeting: "hello", hidden: "s3cret" });
    expect(await again.refresh()).toMatchObject({ ok: true });
    expect(await urns(again)).toEqual([
      "urn:pulumi:lab::listen-backlog::pulumi:pulumi:Stack::listen-backlog-lab",
    ]);
    expect(await again.destroy()).toMatchObject({ ok: true, changes: { delete: 1 } });
    expect(await urns(again)).toEqual([]);
  });

  it("works on copies, with a key that is nobody else's", async () => {
    await open(dir, empty);
    const work = path.join(dir, "work");
    expect(fs.readFileSync(path.join(work, "Pulumi.yaml"), "utf8")).toBe(PROJECT);
    expect(fs.readFileSync(path.join(work, "Pulumi.lab.yaml"), "utf8")).toMatch(/^encryptionsalt: v1:\S+$/m);
    const passphrase = path.join(dir, "pulumi", "passphrase");
    expect(fs.statSync(passphrase).mode & 0o777).toBe(0o600);
    const other = path.join(folder, "other lab");
    await open(other, empty);
    expect(fs.readFileSync(path.join(other, "pulumi", "passphrase"), "utf8")).not.toBe(
      fs.readFileSync(passphrase, "utf8"),
    );
  });

  it("takes another configuration for one operation only", async () => {
    const stack = await open(dir, () =>
      Promise.resolve({ needed: new Config("listen-backlog").requireNumber("needed") }),
    );
    expect((await stack.up({ config: "config:\n  listen-backlog:needed: 9\n" })).ok).toBe(true);
    expect(await stack.outputs()).toEqual({ needed: 9 });
    expect((await stack.up()).ok).toBe(true);
    expect(await stack.outputs()).toEqual({ needed: 7 });
  });

  it("starts its own providers, whatever is on PATH, without the user's accounts and settings", async () => {
    const bait = inFolder("bait");
    fs.mkdirSync(bait);
    fs.writeFileSync(
      path.join(bait, "pulumi-resource-aws"),
      `#!/bin/sh\ntouch '${inFolder("bitten")}'\nexit 1\n`,
      { mode: 0o755 },
    );
    const before = { ...process.env };
    Object.assign(process.env, {
      PATH: `${bait}:${process.env["PATH"] ?? ""}`,
      AWS_SECRET_ACCESS_KEY: "mine",
      PULUMI_ACCESS_TOKEN: "mine",
      PULUMI_STACK: "production",
    });
    try {
      const stack = await open(dir, () => {
        new Thing("a", { value: "a", environment: inFolder("environment") });
        return Promise.resolve({});
      });
      expect(await stack.up({})).toMatchObject({ ok: true, diagnostics: [] });
    } finally {
      for (const name of Object.keys(process.env)) {
        Reflect.deleteProperty(process.env, name);
      }
      Object.assign(process.env, before);
    }
    expect(fs.existsSync(inFolder("bitten"))).toBe(false);
    const seen = JSON.parse(fs.readFileSync(inFolder("environment"), "utf8")) as Record<string, string>;
    expect(seen["LISTEN_BACKLOG_LAB"]).toBe(dir);
    expect(seen["PULUMI_HOME"]).toBe(path.join(dir, "pulumi", "home"));
    expect(Object.entries(seen).filter(([, value]) => value === "mine" || value === "production")).toEqual(
      [],
    );
  });
});

describe("what is refused or fails comes back as a value", () => {
  it("a mandatory policy stops the preview, and an advisory one does not", async () => {
    let value = "forbidden";
    const stack = await open(dir, () => {
      new Thing("thing", { value, log: inFolder("log") });
      return Promise.resolve({});
    });
    const urn = "urn:pulumi:lab::listen-backlog::aws:test:Thing::thing";
    const violation = { pack: "fixture", policy: "no-forbidden", level: "mandatory", urn };

    const preview = await stack.preview({ policyPacks: [POLICIES] });
    expect(preview.ok).toBe(false);
    expect(preview.policyViolations).toEqual([
      { ...violation, message: expect.stringContaining("given forbidden; wanted anything else") as string },
    ]);
    const up = await stack.up({ policyPacks: [POLICIES] });
    expect(up.ok).toBe(false);
    expect(up.policyViolations).toMatchObject([violation]);
    expect(fs.existsSync(inFolder("log"))).toBe(false);

    value = "doubtful";
    const doubtful = await stack.preview({ policyPacks: [POLICIES] });
    expect(doubtful.ok).toBe(true);
    expect(doubtful.policyViolations).toMatchObject([{ policy: "no-doubtful", level: "advisory", urn }]);
  });

  it("a resource that fails is named, and what was created stays known", async () => {
    let value = "broken";
    const stack = await open(dir, () => {
      new Thing("good", { value: "good" });
      new Thing("bad", { value });
      return Promise.resolve({});
    });
    const failed = await stack.up();
    expect(failed.ok).toBe(false);
    expect(failed.diagnostics).toContainEqual({
      severity: "error",
      urn: "urn:pulumi:lab::listen-backlog::aws:test:Thing::bad",
      message: expect.stringContaining("EC2 said no") as string,
    });
    value = "mended";
    expect(await stack.up()).toMatchObject({ ok: true, changes: { create: 1 } });
  });

  it("a program that throws is quoted", async () => {
    const stack = await open(dir, () => Promise.reject(new Error("no such service: ngnix")));
    const preview = await stack.preview();
    expect(preview.ok).toBe(false);
    expect(errors(preview).join("\n")).toContain("no such service: ngnix");
  });
});

describe("what cannot run at all is an error with a way out", () => {
  it.each([
    ["a missing value", "config: {}\n", /missing[^\n]*listen-backlog:needed|needed[^\n]*missing/i],
    ["a value of the wrong type", "config:\n  listen-backlog:needed: many\n", /listen-backlog:needed/],
  ])("%s in the configuration", async (_, config, said) => {
    const stack = await open(dir, empty);
    const error = await refusal(stack.preview({ config }));
    expect(error.message).toMatch(/^`preview` of the lab's stack could not run: /);
    expect(error.message).toMatch(said);
    expect((await stack.preview()).ok).toBe(true);
  });

  it("a configuration that is no YAML, before the engine sees it", async () => {
    const stack = await open(dir, empty);
    const error = await refusal(stack.preview({ config: "config: [\n" }));
    expect(error.message).toMatch(/^Pulumi\.lab\.yaml is not valid YAML: .*line/s);
    expect((await refusal(open(dir, empty, { config: "config: [\n" }))).message).toContain("not valid YAML");
    expect((await stack.preview()).ok).toBe(true);
  });

  it("encrypted values, a project without a name, plugins of its own, a missing stand-in", async () => {
    const refused = async (more: Parameters<typeof open>[2]) =>
      (await refusal(open(dir, empty, more))).message;
    expect(await refused({ config: "config:\n  listen-backlog:key:\n    secure: AAABAA==\n" })).toContain(
      "encrypted values",
    );
    expect(await refused({ project: "runtime: nodejs\n" })).toContain("project name");
    expect(await refused({ project: `${PROJECT}plugins: { providers: [] }\n` })).toContain("plugins");
    expect(await refused({ standIns: folder })).toContain(path.join(folder, "pulumi-resource-aws"));
  });

  it("a lost key", async () => {
    await open(dir, empty);
    fs.rmSync(path.join(dir, "pulumi", "passphrase"));
    expect((await refusal(open(dir, empty))).message).toContain("the key of the lab's state is gone");
  });
});

describe("after a kill", () => {
  const program = (value: string) => () => {
    new Thing("slow", { value, log: inFolder("log"), waitFor: inFolder("gate") });
    return Promise.resolve({ value });
  };
  const started = () => fs.existsSync(inFolder("log"));

  it("of the engine in the middle of `up`, the next run clears its lock and its open operation, and works", async () => {
    const stack = await open(dir, program("first"));
    const up = refusal(stack.up());
    await waitFor(started);
    const [engine] = engines();
    process.kill(engine ?? 0, "SIGKILL");
    expect((await up).message).toContain("was killed in the middle of `up` (signal 9)");
    expect(lockFiles()).toHaveLength(1);

    fs.writeFileSync(inFolder("gate"), "");
    const notes: string[] = [];
    const next = await open(dir, program("second"), { onNote: (text) => notes.push(text) });
    const urn = "urn:pulumi:lab::listen-backlog::aws:test:Thing::slow";
    expect(next.interrupted).toEqual([{ urn, type: "aws:test:Thing", operation: "creating", id: undefined }]);
    expect(notes.join("\n")).toContain("lock");
    expect(notes.join("\n")).toContain(urn);
    expect(lockFiles()).toEqual([]);
    expect(await next.up()).toMatchObject({ ok: true, changes: { create: 1, same: 1 }, diagnostics: [] });
    expect(await next.outputs()).toEqual({ value: "second" });
    expect((await open(dir, program("second"))).interrupted).toEqual([]);
  });

  it("of the lab in the middle of `up`, its engine finishes what is under way and saves it, and the next run waits for that", async () => {
    const doomed = spawn(
      process.execPath,
      ["--import", "tsx", path.join(FOLDER, "doomed.ts"), dir, inFolder("log"), inFolder("gate")],
      { stdio: "ignore" },
    );
    await waitFor(started);
    const [engine] = engines();
    expect(engine).toBeDefined();
    doomed.kill("SIGKILL");
    await once(doomed, "exit");

    const notes: string[] = [];
    const opening = open(dir, program("slow"), {
      onNote: (text) => {
        notes.push(text);
        fs.writeFileSync(inFolder("gate"), "");
      },
    });
    const next = await opening;
    expect(notes[0]).toContain(
      `the engine of an earlier run to save its state and stop (process ${engine ?? 0})`,
    );
    expect(engines()).toEqual([]);
    expect(next.interrupted).toEqual([]);
    expect(await next.up()).toMatchObject({ ok: true, changes: { same: 2 } });
    expect(fs.readFileSync(inFolder("log"), "utf8")).toBe("created slow\n");
  });

  it("a cancelled `up` ends in good order", async () => {
    const controller = new AbortController();
    const stack = await open(dir, program("slow"), { signal: controller.signal });
    const up = stack.up();
    await waitFor(started);
    controller.abort();
    fs.writeFileSync(inFolder("gate"), "");
    expect((await up).ok).toBe(false);
    expect(lockFiles()).toEqual([]);
    const next = await open(dir, program("slow"));
    expect(next.interrupted).toEqual([]);
    expect(await next.destroy()).toMatchObject({ ok: true });
  });
});
