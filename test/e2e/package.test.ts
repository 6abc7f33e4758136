import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { server } from "../policies/support/server";
import { PolicyLab } from "./support/policy-lab";

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
    // The messages of the policies name it.
    expect(files).toContain("RULES.md");
    expect(files).toContain("docs/policies.md");
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

  it("can be required: the policies as a class, for a pack of one's own", () => {
    const script = `
      const { acceptPackArgs, ListenBacklogPolicies } = require("pulumi-listen-backlog/policies");
      console.log(ListenBacklogPolicies.name, acceptPackArgs({ all: "mandatory" }).initialConfig.all);
      try { acceptPackArgs({ all: "strict" }); } catch (error) { console.log(error.message); }`;
    expect(node("-e", script)).toBe(
      'ListenBacklogPolicies mandatory\nall: given "strict"; allowed: advisory, mandatory, remediate, disabled; instead: "mandatory"\n',
    );
    const { types } = (
      JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8")) as {
        exports: Record<string, { types: string }>;
      }
    ).exports["./policies"] ?? { types: "" };
    expect(fs.readFileSync(path.join(installed, types), "utf8")).toContain("class ListenBacklogPolicies");
  });

  // Pulumi's templates are compiled with "node", which knows nothing of exports.
  it.each([
    ["node", "commonjs"],
    ["nodenext", "nodenext"],
  ])("has types that a strict compiler finds by moduleResolution %s", (resolution, module) => {
    const page = fs.readFileSync(path.join(installed, "docs/policies.md"), "utf8");
    const pack = /<!-- pack -->\n\n```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(pack).toContain("new ListenBacklogPolicies({");
    fs.writeFileSync(path.join(folder, "pack.ts"), pack);
    fs.writeFileSync(
      path.join(folder, "program.ts"),
      `import { TunedServer } from "pulumi-listen-backlog";
       import { findSoftware } from "pulumi-listen-backlog/backlog";
       import { composeUserData } from "pulumi-listen-backlog/cloudinit";
       import { probeScript } from "pulumi-listen-backlog/probe";
       export const used: [typeof TunedServer, number, string] = [TunedServer, findSoftware("nginx")?.defaultPort ?? 0, probeScript()];
       // @ts-expect-error no text
       composeUserData(1, { settings: [], relisten: [] });`,
    );
    const tsc = path.join(CHECKOUT, "node_modules/typescript/bin/tsc");
    const options = [
      "--noEmit",
      "--strict",
      "--target",
      "ES2020",
      "--skipLibCheck",
      "--esModuleInterop",
      "--types",
      "node",
    ];
    const roots = ["--typeRoots", path.join(CHECKOUT, "node_modules/@types")];
    const resolved = ["--module", module, "--moduleResolution", resolution];
    const run = () => node(tsc, ...options, ...roots, ...resolved, "pack.ts", "program.ts");
    expect(run()).toBe("");
  });

  it("refuses with its policy pack, as the SDK runs it, where nothing compiles TypeScript and no package of a provider is installed", async () => {
    // What is not installed cannot be found: the SDK then goes without.
    const tried = path.join(folder, "tried");
    const lab = new PolicyLab(path.join(__dirname, "engine", "bin"), {
      NODE_OPTIONS: `--require ${path.join(__dirname, "support", "not-installed.cjs")}`,
      LOOKED_FOR: tried,
    });
    await lab.start();
    try {
      const pack = path.join(installed, "dist", "policies");
      const preview = (somaxconn: number) =>
        lab.run(
          "installed",
          "preview",
          () =>
            server(
              "web",
              `#!/bin/sh\necho net.core.somaxconn=${somaxconn} > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n`,
              { tags: { "listen-backlog:services": "nginx:80:4096" } },
            ),
          { pack, config: { "backlog-is-verified": "disabled" } },
        );
      const refused = await preview(1024);
      expect(refused.faults, lab.output).toEqual([]);
      expect(refused.reported).toEqual([
        {
          policy: "somaxconn-covers-backlog",
          level: "mandatory",
          resource: "web",
          message: expect.stringContaining(
            "web: nginx: wanted net.core.somaxconn >= 4096, got 1024.",
          ) as string,
        },
      ]);
      expect(refused.ok).toBe(false);
      expect(await preview(4096)).toEqual({ ok: true, reported: [], faults: [] });
      expect(fs.readFileSync(tried, "utf8")).toContain("typescript\n");
      expect(fs.readFileSync(tried, "utf8")).not.toContain("@pulumi/");
    } finally {
      await lab.stop();
    }
  });
});
