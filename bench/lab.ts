// npm run bench: how long the lab's work takes, always as a ratio to something measured in the same run.
//
// 1. `up` of the two servers to the verified report, against the same two hosts with the same user data from start to
//    `cloud-init status: done` alone. Bound: 3.
// 2. The whole command `npm run lab -- up` with nothing changed, against a command that runs the `up` of an empty program with
//    the same engine, loader and policy pack. Bound: 1.5.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { resolveDeclaration, type BacklogDeclaration } from "../backlog";
import { composeUserData } from "../cloudinit";
import { generateHostKey } from "../components/host-key";
import { ensureEngine } from "../lab/engine/engine";
import { ensureHostsReady, Hosts, ssh, waitForSsh } from "../lab/hosts";
import { LAB_FOLDER_VARIABLE, openLab, type Lab } from "../lab/identity";
import { operatorKey } from "../lab/keys";
import { createProgress } from "../lab/progress";

const CHECKOUT = path.resolve(__dirname, "..");
const ROUNDS = 3;

interface ServerConfig extends BacklogDeclaration {
  readonly name: string;
  readonly userData: string;
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-bench-"));
  const lab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "lab") });
  const empty = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "empty") });
  const progress = createProgress(process.stderr);
  await Promise.all([ensureEngine(lab, progress), ensureHostsReady(lab, progress)]);
  const times = { boot: [] as number[], up: [] as number[], idle: [] as number[], empty: [] as number[] };
  // Once before it counts: stacks are made, caches filled.
  run(empty, "bench/empty-up.ts");
  for (let round = 0; round < ROUNDS; round++) {
    times.boot.push(await seconds(() => bootAlone(lab)));
    times.up.push(await seconds(() => run(lab, "lab/main.ts", "up")));
    times.idle.push(await seconds(() => run(lab, "lab/main.ts", "up")));
    times.empty.push(await seconds(() => run(empty, "bench/empty-up.ts")));
    run(lab, "lab/main.ts", "destroy");
  }
  fs.rmSync(folder, { recursive: true });
  print("up to verified report / hosts to cloud-init done", times.up, times.boot, 3);
  print("idle up / up of an empty program", times.idle, times.empty, 1.5);
}

/** Runs a program of the checkout in a process of its own, as its users do. */
function run(lab: Lab, ...program: string[]): void {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--import", "tsx", ...program], {
    cwd: CHECKOUT,
    env: { ...process.env, [LAB_FOLDER_VARIABLE]: lab.dir },
    encoding: "utf8",
  });
  if (status !== 0) {
    throw new Error(`${program.join(" ")} ended with ${String(status)}: ${stdout}${stderr}`);
  }
}

/** The same hosts with the same user data, without engine, components and verification. */
async function bootAlone(lab: Lab): Promise<void> {
  const hosts = new Hosts(lab);
  const key = operatorKey(lab);
  const { config } = parse(fs.readFileSync(path.join(CHECKOUT, "Pulumi.lab.yaml"), "utf8")) as {
    config: { "listen-backlog:servers": ServerConfig[] };
  };
  await Promise.all(
    config["listen-backlog:servers"].map(async ({ name, services, userData }, index) => {
      const hostKey = generateHostKey();
      const { settings } = resolveDeclaration({ services });
      const composed = composeUserData(userData, { settings, relisten: [], hostKey });
      const { address } = await hosts.create({
        instanceId: `i-0000000000000000${index}`,
        hostname: name,
        userData: Buffer.from(composed),
        publicKeys: [key.publicKey],
      });
      const target = { address, hostKey: hostKey.publicKey, identityFile: key.file };
      await waitForSsh(target, 60_000);
      const { code } = await ssh({ ...target, command: "cloud-init status --wait", timeout: 60_000 });
      if (code !== 0) {
        throw new Error(`cloud-init on ${name} ended with ${String(code)}`);
      }
    }),
  );
  await hosts.destroyAll();
}

async function seconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function print(title: string, measured: readonly number[], floor: readonly number[], bound: number): void {
  const ratio = median(measured) / median(floor);
  console.log(
    `${title}: ${median(measured).toFixed(2)} s / ${median(floor).toFixed(2)} s = ${ratio.toFixed(2)} ` +
      `(bound ${bound}; ${ROUNDS} rounds, medians)${ratio > bound ? "  OVER THE BOUND" : ""}`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
