import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ensureEngine } from "../../lab/engine/engine";
import { providePlugins } from "../../lab/engine/plugins";
import { Hosts } from "../../lab/hosts";
import { LAB_FOLDER_VARIABLE, openLab } from "../../lab/identity";
import { operatorKey } from "../../lab/keys";
import { createProgress } from "../../lab/progress";

const CHECKOUT = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-plain-"));
/** A checkout of its own: the CLI writes its stack's configuration there. */
const project = path.join(folder, "checkout");
const FILES = [
  "index.ts",
  "Pulumi.yaml",
  "package.json",
  "tsconfig.json",
  "apply",
  "backlog",
  "cloudinit",
  "components",
  "policies",
  "probe",
];
const lab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "lab") });
let pulumi: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  for (const file of FILES) {
    fs.cpSync(path.join(CHECKOUT, file), path.join(project, file), { recursive: true });
  }
  fs.symlinkSync(path.join(CHECKOUT, "node_modules"), path.join(project, "node_modules"));
  const { command } = await ensureEngine(lab, createProgress(process.stderr));
  const home = path.join(folder, "home");
  providePlugins(home, {});
  const env = {
    ...process.env,
    [LAB_FOLDER_VARIABLE]: lab.dir,
    // The language host of the full CLI stands beside it, on PATH.
    PATH: `${path.join(__dirname, "plain")}:${path.dirname(command)}:${process.env["PATH"] ?? ""}`,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  pulumi = async (...args) => {
    const { stdout } = await promisify(execFile)(command, ["--non-interactive", ...args], {
      cwd: project,
      env,
    });
    return stdout;
  };
  const key = operatorKey(lab);
  await pulumi("stack", "init", "dev");
  await pulumi("config", "set", "--secret", "--stack", "dev", "sshPrivateKey", "--", key.privateKey);
  const configFile = path.join(project, "Pulumi.dev.yaml");
  const set = parse(fs.readFileSync(configFile, "utf8")) as { config: object };
  fs.writeFileSync(
    configFile,
    stringify({
      ...set,
      config: {
        ...set.config,
        "listen-backlog:sshPublicKey": key.publicKey,
        "listen-backlog:servers": [
          {
            name: "web",
            services: [{ name: "nginx", backlog: 4096 }],
            userData:
              "#!/bin/sh\nsed -i 's/listen 80 default_server;/listen 80 default_server backlog=4096;/' /etc/nginx/sites-available/default\n" +
              "sed -i '/listen \\[::\\]:80/d' /etc/nginx/sites-available/default\nsystemctl enable --now nginx\n",
          },
        ],
      },
    }),
  );
});

afterAll(async () => {
  await new Hosts(lab).destroyAll();
  fs.rmSync(folder, { recursive: true });
});

describe("plain pulumi in the checkout", () => {
  it("runs index.ts with Pulumi's own TypeScript loader: up, destroy", async () => {
    const flags = ["--stack", "dev"];
    await pulumi("up", "--yes", "--skip-preview", ...flags);
    const report = JSON.parse(
      await pulumi("stack", "output", "report", "--json", "--stack", "dev"),
    ) as unknown;
    expect(report).toMatchObject([
      { server: "web", service: "nginx", effective: [4096], verdict: "as declared" },
    ]);
    await pulumi("destroy", "--yes", "--skip-preview", ...flags);
    expect(await new Hosts(lab).list()).toEqual([]);
  });
});
