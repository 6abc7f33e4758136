import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineEvent } from "@pulumi/pulumi/automation";

import { Backend } from "../../lab/engine/backend";
import { CommandFailure, LabCommand } from "../../lab/engine/command";
import { OutcomeCollector, plainText } from "../../lab/engine/outcome";
import { providePlugins } from "../../lab/engine/plugins";
import { LabError } from "../../lab/errors";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lab-stack-unit-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function script(file: string, text: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

describe("OutcomeCollector", () => {
  const event = (more: Partial<EngineEvent>): EngineEvent => ({ sequence: 0, timestamp: 0, ...more });
  const said = (severity: string, message: string, more: object = {}) =>
    event({ diagnosticEvent: { severity: severity as "info", message, color: "never", ...more } });

  it("keeps what people must know, in order, and in plain text", () => {
    const collector = new OutcomeCollector();
    expect(collector.engineRan).toBe(false);
    collector.add(said("debug", "Registering resource"));
    collector.add(said("info#err", "progress", { ephemeral: true }));
    collector.add(said("info#err", "a line of the program\n"));
    collector.add(said("error", "<{%fg 1%}>broken<{%reset%}>\n", { urn: "urn:x" }));
    collector.add(
      event({
        summaryEvent: {
          maybeCorrupt: false,
          durationSeconds: 1,
          resourceChanges: { create: 2 },
          policyPacks: {},
        },
      }),
    );
    expect(collector.engineRan).toBe(true);
    expect(collector.outcome(false)).toEqual({
      ok: false,
      changes: { create: 2 },
      policyViolations: [],
      diagnostics: [
        { severity: "info", urn: undefined, message: "a line of the program" },
        { severity: "error", urn: "urn:x", message: "broken" },
      ],
    });
  });

  it("keeps every violation of a policy with its level", () => {
    const collector = new OutcomeCollector();
    const policy = { policyPackName: "p", policyPackVersion: "", policyPackVersionTag: "", color: "never" };
    collector.add(
      event({
        policyEvent: {
          ...policy,
          policyName: "a",
          message: "no\n",
          enforcementLevel: "mandatory",
          resourceUrn: "urn:x",
        },
      }),
    );
    collector.add(
      event({ policyEvent: { ...policy, policyName: "b", message: "hm", enforcementLevel: "warning" } }),
    );
    expect(collector.outcome(false).policyViolations).toEqual([
      { pack: "p", policy: "a", level: "mandatory", message: "no", urn: "urn:x" },
      { pack: "p", policy: "b", level: "advisory", message: "hm", urn: undefined },
    ]);
  });

  it("leaves text alone that only looks like a mark", () => {
    expect(plainText("a <b> {%c%} <{ d }>")).toBe("a <b> {%c%} <{ d }>");
  });
});

describe("Backend", () => {
  const stackFile = () => path.join(folder, ".pulumi", "stacks", "project", "lab.json");
  const lock = (name: string, content: string) => {
    const file = path.join(folder, ".pulumi", "locks", "organization", "project", "lab", name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  };
  const backend = () => new Backend(folder, "project", "lab");
  const write = (content: string) => {
    fs.mkdirSync(path.dirname(stackFile()), { recursive: true });
    fs.writeFileSync(stackFile(), content);
  };

  it("knows a stack by its file", () => {
    expect(backend().hasStack()).toBe(false);
    expect(backend().interrupted()).toEqual([]);
    write("{}");
    expect(backend().hasStack()).toBe(true);
    expect(backend().interrupted()).toEqual([]);
  });

  it("reads what was under way", () => {
    const pending = [
      { type: "creating", resource: { urn: "urn:a", type: "aws:ec2/instance:Instance" } },
      { type: "deleting", resource: { urn: "urn:b", type: "t", id: "i-1" } },
    ];
    write(JSON.stringify({ checkpoint: { latest: { pending_operations: pending } } }));
    expect(backend().interrupted()).toEqual([
      { urn: "urn:a", type: "aws:ec2/instance:Instance", operation: "creating", id: undefined },
      { urn: "urn:b", type: "t", operation: "deleting", id: "i-1" },
    ]);
  });

  it("says where the copy of a broken state is", () => {
    write('{"checkpoint":');
    expect(() => backend().interrupted()).toThrow(LabError);
    expect(() => backend().interrupted()).toThrow(stackFile());
  });

  it("takes locks of the dead, of strangers and of nobody as left behind, and ends no stranger", async () => {
    const notes: string[] = [];
    expect(await backend().endEarlierEngines((text) => notes.push(text))).toBe(false);
    lock("1.json", '{"pid":999999999}');
    lock("2.json", '{"pi');
    lock("3.json", "");
    // This very process: alive, but no engine of this backend.
    lock("4.json", JSON.stringify({ pid: process.pid }));
    lock("5.json", '{"pid":1}');
    expect(await backend().endEarlierEngines((text) => notes.push(text))).toBe(true);
    expect(notes).toEqual([]);
  });

  it("gives a URL for a folder with a space", () => {
    expect(new Backend("/a b/c", "p", "lab").url).toBe("file:///a%20b/c");
  });
});

describe("LabCommand", () => {
  const command = (text: string) =>
    new LabCommand(
      { command: script(path.join(folder, "pulumi"), text), version: "3.250.0", built: true, binDir: folder },
      { PATH: "/usr/bin:/bin", GIVEN: "given" },
    );

  it("gives what the CLI says, and tells it as it comes", async () => {
    let told = "";
    const outcome = await command(`echo "$GIVEN $MORE $HOME."; echo "grün" >&2; echo "$@"`).run(
      ["up", "--yes"],
      folder,
      { MORE: "more" },
      (text) => (told += text),
    );
    expect(outcome).toEqual({
      code: 0,
      stdout: "given more .\nup --yes --non-interactive\n",
      stderr: "grün\n",
    });
    expect(told).toBe(outcome.stdout);
  });

  it("fails with the exit code and what was said", async () => {
    const error: unknown = await command("echo no >&2; exit 3")
      .run(["up"], folder, {})
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CommandFailure);
    expect(error).toMatchObject({
      outcome: { code: 3, stderr: "no\n" },
      message: "pulumi up ended with exit code 3: no",
    });
  });

  it("tells a killed CLI by its signal", async () => {
    await expect(command("kill -9 $$").run(["up"], folder, {})).rejects.toMatchObject({
      outcome: { code: 128 + 9 },
    });
  });

  it("passes a cancellation on as one SIGINT", async () => {
    const controller = new AbortController();
    const run = command(`trap 'echo stopping; exit 7' INT; echo ready; while :; do sleep 0.05; done`).run(
      ["up"],
      folder,
      {},
      () => controller.abort(),
      undefined,
      controller.signal,
    );
    await expect(run).rejects.toMatchObject({ outcome: { code: 7, stdout: "ready\nstopping\n" } });
  });

  it("does not start the CLI for what is known", async () => {
    const broken = command("exit 1");
    for (const args of [
      ["stack", "select", "--stack", "lab"],
      ["stack", "output", "--json"],
      ["stack", "history"],
    ]) {
      expect((await broken.run(args, folder, {})).code).toBe(0);
    }
    await expect(broken.run(["stack", "export"], folder, {})).rejects.toBeInstanceOf(CommandFailure);
  });

  it("says that the CLI is gone", async () => {
    const gone = command("");
    fs.rmSync(path.join(folder, "pulumi"));
    await expect(gone.run(["up"], folder, {})).rejects.toBeInstanceOf(LabError);
  });
});

describe("providePlugins", () => {
  const NAMES = ["pulumi-resource-aws", "pulumi-resource-command", "pulumi-analyzer-policy-nodejs"];
  let shims: string;
  let home: string;
  beforeEach(() => {
    shims = path.join(folder, "it's here");
    home = path.join(folder, "home");
    NAMES.forEach((name) => script(path.join(shims, name), "true"));
  });

  const provide = (env: NodeJS.ProcessEnv = {}) =>
    providePlugins(home, { HOME: folder, PATH: "/usr/bin", ...env }, shims);
  const starter = (kind: string) => {
    const plugins = path.join(home, "plugins");
    const name = fs.readdirSync(plugins).find((entry) => entry.startsWith(kind)) ?? "none";
    return fs.readFileSync(path.join(plugins, name, `pulumi-${kind}`), "utf8");
  };

  it("puts the stand-ins where the engine looks, under the versions that the SDKs ask for", () => {
    expect(provide()).toBe("stand-in");
    const names = fs.readdirSync(path.join(home, "plugins"));
    const version = (name: string) =>
      (
        JSON.parse(fs.readFileSync(path.join("node_modules", name, "package.json"), "utf8")) as {
          version: string;
        }
      ).version;
    expect(names.sort()).toEqual([
      `analyzer-policy-nodejs-v${version("@pulumi/pulumi")}`,
      `resource-aws-v${version("@pulumi/aws")}`,
      `resource-command-v${version("@pulumi/command")}`,
    ]);
    expect(starter("resource-aws")).toBe(
      `#!/bin/sh\nexec '${shims.replace("'", `'\\''`)}/pulumi-resource-aws' "$@"\n`,
    );
  });

  it("removes every other plugin: a real aws provider is never started", () => {
    script(path.join(home, "plugins", "resource-aws-v99.0.0", "pulumi-resource-aws"), "exit 1");
    provide();
    expect(fs.readdirSync(path.join(home, "plugins"))).not.toContain("resource-aws-v99.0.0");
  });

  it("uses the newest installed command plugin of 1.2.x", () => {
    const plugin = (version: string) =>
      script(
        path.join(folder, ".pulumi", "plugins", `resource-command-v${version}`, "pulumi-resource-command"),
        "true",
      );
    ["0.9.0", "1.1.9", "1.3.0", "4.5.0"].forEach(plugin);
    expect(provide()).toBe("stand-in");
    plugin("1.2.9");
    const newest = plugin("1.2.10");
    plugin("1.2.11");
    fs.writeFileSync(path.join(folder, ".pulumi", "plugins", "resource-command-v1.2.11.partial"), "");
    expect(provide()).toBe(`plugin 1.2.10 at ${newest}`);
    expect(starter("resource-command")).toContain(newest);
  });

  it("looks in the user's PULUMI_HOME and on PATH, but takes its own stand-in for neither", () => {
    expect(provide({ PATH: `${shims}:/usr/bin` })).toBe("stand-in");
    const onPath = script(path.join(folder, "bin", "pulumi-resource-command"), "true");
    expect(provide({ PATH: `${shims}:${folder}/bin` })).toBe(`plugin of unknown version at ${onPath}`);
    const atHome = script(
      path.join(folder, "ph", "plugins", "resource-command-v1.2.1", "pulumi-resource-command"),
      "true",
    );
    expect(provide({ PULUMI_HOME: path.join(folder, "ph") })).toBe(`plugin 1.2.1 at ${atHome}`);
  });

  it.each(NAMES)("refuses to go on without the stand-in %s", (name) => {
    fs.chmodSync(path.join(shims, name), 0o644);
    expect(() => provide()).toThrow(`the lab's ${name} is missing or not executable`);
  });
});
