// tsx bench/policies.ts [--large] [--without-checkov | --only-checkov]: what the policy pack costs, against the same preview without it and against checkov.
//
// 1. Previews of 1,000 instances on the real engine: without a pack, with an analyzer that only answers, which is what the engine takes to
//    ask; with a pack of the SDK whose two policies do nothing; and with the pack. Once with user data of its own for each, once as fleets
//    are, with a few texts for all. Bound: 1 second more than the pack that does nothing. With --large also 10,000, which must not cost
//    more for each than 1,000 do.
// 2. The pack alone: its start, and its time and memory for 1,000 to 10,000 instances over gRPC, all with user data of their own, and for
//    1,000 with a few texts; and a pack that does nothing, which is what the SDK itself takes. Time on a processor can be compared on a busy machine too.
// 3. checkov with a check of its own that decodes the same user data and compares the same numbers, on the same instances as a
//    Terraform plan. Installed into the cache folder of the lab the first time.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeRequest,
  AnalyzerResourceOptions,
  type AnalyzeResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ensureEngine } from "../lab/engine/engine";
import { openLab } from "../lab/identity";
import { createProgress } from "../lab/progress";
import { openStack } from "../lab/stack";
import { Anything } from "../test/policies/support/anything";

const CHECKOUT = path.resolve(__dirname, "..");
const PACK = path.join(CHECKOUT, "policies");
const EMPTY_PACK = path.join(CHECKOUT, "test/e2e/engine/policy");
const BARE_ANALYZER = path.join(CHECKOUT, "bench/bare-analyzer");
const CHECKOV = "checkov==3.3.30";
const ROUNDS = 3;
const BAD_EVERY = 100;
type Kind = "without" | "bare" | "empty" | "withPack";
/** The user data of a fleet: it has a few roles, and many instances of each. */
const FEW = 5;
const TYPE = "aws:ec2/instance:Instance";

/**
 * An instance as people write it: a name in its user data, one in a hundred with too small a somaxconn.
 * @param roles how many names there are. Default: each has its own.
 */
function instance(index: number, roles = Infinity) {
  const somaxconn = index % BAD_EVERY === 0 ? 1024 : 8192;
  return {
    ami: "ami-0abcdef1234567890",
    instanceType: "t3.small",
    userDataReplaceOnChange: true,
    tags: { Name: `web-${index}`, "listen-backlog:services": "nginx:80:8192" },
    userData: `#cloud-config
hostname: web-${index % roles}
packages: [nginx]
write_files:
  - path: /etc/sysctl.d/60-backlog.conf
    content: |
      net.core.somaxconn = ${somaxconn}
  - path: /etc/nginx/conf.d/site.conf
    content: |
      server { listen 80 backlog=8192; root /srv; }
runcmd:
  - sysctl -p /etc/sysctl.d/60-backlog.conf
  - systemctl restart nginx
`,
  };
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-bench-policies-"));
  console.log(
    `load average ${os
      .loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")} on ${os.cpus().length} processors`,
  );
  try {
    if (!process.argv.includes("--only-checkov")) {
      await onEngine(folder, 1000, ROUNDS);
      await onEngine(folder, 1000, ROUNDS, FEW);
      if (process.argv.includes("--large")) {
        await onEngine(folder, 10_000, 1);
      }
      await alone(folder);
    }
    if (!process.argv.includes("--without-checkov")) {
      checkov(folder, 1000);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function onEngine(folder: string, count: number, rounds: number, roles?: number): Promise<void> {
  const provider = await startProvider();
  try {
    const lab = openLab({
      ...process.env,
      LISTEN_BACKLOG_LAB: path.join(folder, `lab-${count}-${roles ?? "own"}`),
    });
    const stack = await openStack(lab, await ensureEngine(lab, createProgress()), {
      project: "name: bench\nruntime: nodejs\n",
      config: "config: {}\n",
      program: () => {
        for (let index = 0; index < count; index++) {
          new Anything(TYPE, `web-${index}`, instance(index, roles));
        }
        return Promise.resolve({});
      },
      env: provider.env,
    });
    const config = path.join(folder, "advisory.json");
    fs.writeFileSync(config, JSON.stringify({ all: "advisory", "backlog-is-verified": "disabled" }));
    const times = { without: [], bare: [], empty: [], withPack: [] } as Record<Kind, number[]>;
    await stack.preview();
    for (let round = 0; round < rounds; round++) {
      times.without.push(await seconds(() => stack.preview()));
      times.bare.push(await seconds(() => stack.preview({ policyPacks: [BARE_ANALYZER] })));
      times.empty.push(await seconds(() => stack.preview({ policyPacks: [EMPTY_PACK] })));
      times.withPack.push(
        await seconds(async () => {
          const { policyViolations } = await stack.preview({
            policyPacks: [PACK],
            policyPackConfigs: [config],
          });
          const found = policyViolations.filter(({ policy }) => policy === "somaxconn-covers-backlog");
          if (found.length !== count / BAD_EVERY || found.length !== policyViolations.length) {
            throw new Error(`wanted ${count / BAD_EVERY} findings, got ${policyViolations.length}`);
          }
        }),
      );
    }
    const more = (kind: Kind) => (median(times[kind]) - median(times.without)).toFixed(2);
    const own = median(times.withPack) - median(times.empty);
    const bound = count / 1000;
    console.log(
      `preview of ${count} instances ${described(roles)}: ${text(times.without)} without a pack; more than that: ${more("bare")} s with one that only answers, ` +
        `${more("empty")} s with one of the SDK that does nothing, ${more("withPack")} s with this one, of which ${own.toFixed(2)} s are its own ` +
        `(bound ${bound} s; ${rounds} rounds, medians)${own > bound ? "  OVER THE BOUND" : ""}`,
    );
  } finally {
    provider.stop();
  }
}

/** A provider that takes every instance, in a process of its own, as the real one is. */
async function startProvider(): Promise<{
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => void;
}> {
  const file = path.join(CHECKOUT, "test/e2e/support/any-provider/serve.ts");
  const child = spawn(process.execPath, ["--require", "tsx/cjs", file, "aws"], {
    cwd: CHECKOUT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the provider ended with ${String(code)}`)));
  });
  return { env: JSON.parse(line) as Record<string, string>, stop: () => child.stdin.end() };
}

/** The pack as the engine starts it, asked over gRPC, one resource at a time; and one that does nothing, which is what the SDK takes. */
async function alone(folder: string): Promise<void> {
  const starts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    const pack = await startPack(folder, PACK);
    starts.push((performance.now() - begin) / 1000);
    await pack.stop();
  }
  console.log(`start of the pack from the checkout: ${text(starts)} (${ROUNDS} rounds, median)`);

  await askAlone(folder, PACK, "the pack", [1000, 5000, 10_000]);
  await askAlone(folder, PACK, `the pack ${described(FEW)}`, [1000], FEW);
  await askAlone(folder, EMPTY_PACK, "a pack that does nothing", [1000]);
}

async function askAlone(
  folder: string,
  which: string,
  title: string,
  totals: readonly number[],
  roles?: number,
): Promise<void> {
  const pack = await startPack(folder, which);
  try {
    const client = new AnalyzerClient(`127.0.0.1:${pack.port}`, credentials.createInsecure());
    let asked = 0;
    for (const total of totals) {
      const begin = performance.now();
      const worked = processorTime(pack.pid);
      const from = asked;
      for (; asked < total; asked++) {
        await ask(client, asked, roles);
      }
      const each = (performance.now() - begin) / (asked - from);
      const work = (processorTime(pack.pid) - worked) / (asked - from);
      console.log(
        `${title}, instances ${from + 1} to ${asked}, each: ${each.toFixed(2)} ms, of them ${work.toFixed(2)} ms on a processor; ` +
          `${memoryOf(pack.pid).toFixed(0)} MB at most`,
      );
    }
    client.close();
  } finally {
    await pack.stop();
  }
}

function described(roles: number | undefined): string {
  return roles === undefined ? "with user data of its own for each" : `of ${roles} texts of user data`;
}

function ask(client: AnalyzerClient, index: number, roles?: number): Promise<AnalyzeResponse> {
  const request = new AnalyzeRequest()
    .setType(TYPE)
    .setUrn(`urn:pulumi:lab::bench::${TYPE}::web-${index}`)
    .setName(`web-${index}`)
    .setProperties(Struct.fromJavaScript(instance(index, roles)))
    .setOptions(new AnalyzerResourceOptions());
  return new Promise((resolve, reject) => {
    client.analyze(request, (error, response) => {
      if (error) {
        reject(error);
      } else {
        resolve(response);
      }
    });
  });
}

interface RunningPack {
  readonly port: string;
  readonly pid: number;
  stop(): Promise<void>;
}

async function startPack(folder: string, which: string): Promise<RunningPack> {
  const child: ChildProcess = spawn(
    path.join(CHECKOUT, "lab/bin/pulumi-analyzer-policy-nodejs"),
    ["127.0.0.1:1", which],
    {
      cwd: which,
      env: { ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "pack") },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the pack ended with ${String(code)}`)));
  });
  return {
    port,
    pid: child.pid ?? 0,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}

/** The most memory that a process has had, in MB. */
function memoryOf(pid: number): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** How long a process has been on a processor, in milliseconds. The kernel counts in hundredths of a second. */
function processorTime(pid: number): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The same question to checkov: user data, cloud-config, a file of sysctl.d, and the largest backlog of a tag. */
const CHECK = `
import re
import yaml
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class Somaxconn(BaseResourceCheck):
    def __init__(self):
        super().__init__(
            name="somaxconn covers the declared backlog",
            id="CKV_BACKLOG_1",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=["aws_instance"],
        )

    def scan_resource_conf(self, conf):
        text = (conf.get("user_data") or [""])[0]
        tags = (conf.get("tags") or [{}])[0]
        needed = max([int(n) for n in re.findall(r":(\\\\d+)(?:,|$)", tags.get("listen-backlog:services", ""))] or [0])
        document = yaml.safe_load(text) or {}
        found = [
            int(n)
            for file in document.get("write_files", [])
            for n in re.findall(r"net\\\\.core\\\\.somaxconn\\\\s*=\\\\s*(\\\\d+)", file.get("content", ""))
        ]
        if found and found[-1] < needed:
            return CheckResult.FAILED
        return CheckResult.PASSED


check = Somaxconn()
`.replaceAll("\\\\", "\\");

function checkov(folder: string, count: number): void {
  const home = path.join(openLab().cacheDir, CHECKOV.replace("==", "-"));
  const command = path.join(home, "bin", "checkov");
  if (!fs.existsSync(command)) {
    console.error(`installing ${CHECKOV} into ${home}, once`);
    execFileSync("python3", ["-m", "venv", home], { stdio: "inherit" });
    execFileSync(path.join(home, "bin", "pip"), ["install", "--quiet", CHECKOV], { stdio: "inherit" });
  }
  const checks = path.join(folder, "checks");
  fs.mkdirSync(checks);
  fs.writeFileSync(path.join(checks, "__init__.py"), "");
  fs.writeFileSync(path.join(checks, "somaxconn.py"), CHECK);
  const plan = path.join(folder, "plan.json");
  fs.writeFileSync(plan, JSON.stringify(planOf(count)));
  const args = ["-f", plan, "--framework", "terraform_plan", "--external-checks-dir", checks];
  const run = () => {
    const { stdout, stderr } = spawnSync(
      command,
      [...args, "-c", "CKV_BACKLOG_1", "--skip-download", "--compact", "--quiet", "-o", "json"],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    const found = failedResources(stdout);
    if (found.join() !== badInstances(count).join()) {
      throw new Error(
        `checkov found ${found.join() || "nothing"}: ${stdout.slice(0, 500)}${stderr.slice(0, 500)}`,
      );
    }
  };
  run();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    run();
    times.push((performance.now() - begin) / 1000);
  }
  console.log(
    `checkov, one check of its own, on a plan of ${count} instances: ${text(times)} (${ROUNDS} rounds, median)`,
  );
}

/** The instances that a check has to find, as Terraform names them. */
function badInstances(count: number): string[] {
  const bad = Array.from({ length: count }, (_, index) => index).filter((index) => index % BAD_EVERY === 0);
  return bad.map((index) => `aws_instance.web_${index}`).sort();
}

function failedResources(stdout: string): string[] {
  const { results } = JSON.parse(stdout) as { results?: { failed_checks?: { resource: string }[] } };
  return (results?.failed_checks ?? []).map(({ resource }) => resource).sort();
}

function planOf(count: number): object {
  const resources = Array.from({ length: count }, (_, index) => {
    const { ami, instanceType, userData, tags } = instance(index);
    const values = { ami, instance_type: instanceType, user_data: userData, tags };
    return {
      address: `aws_instance.web_${index}`,
      mode: "managed",
      type: "aws_instance",
      name: `web_${index}`,
      provider_name: "aws",
      schema_version: 1,
      values,
    };
  });
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: { root_module: { resources } },
    resource_changes: resources.map(({ values, ...rest }) => ({
      ...rest,
      change: { actions: ["create"], before: null, after: values, after_unknown: {} },
    })),
    configuration: { root_module: {} },
  };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function text(times: readonly number[]): string {
  return `${median(times).toFixed(2)} s`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
