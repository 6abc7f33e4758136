// npm run bench: how long the lab's work takes, always as a ratio to something measured in the same run.
//
// 1. `up` of the two servers to the verified report, against the same two hosts with the same user data from start to
//    `cloud-init status: done` alone. Bound: 3.
// 2. An idle second `up`, against the `up` of an empty program. Bound: 1.5.
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
import { withSession, type Session } from "../lab/session";

const CHECKOUT = path.resolve(__dirname, "..");
const ROUNDS = 3;
const progress = createProgress(process.stderr);

interface ServerConfig extends BacklogDeclaration {
  readonly name: string;
  readonly userData: string;
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-bench-"));
  process.env[LAB_FOLDER_VARIABLE] = folder;
  const lab = openLab();
  await Promise.all([ensureEngine(lab, progress), ensureHostsReady(lab, progress)]);
  const booted: number[] = [];
  const up: number[] = [];
  const idle: number[] = [];
  const empty: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    booted.push(await seconds(() => bootAlone(lab)));
    await inSession(lab, async (session) => {
      up.push(await seconds(() => mustWork(session.stack.up())));
      idle.push(await seconds(() => mustWork(session.stack.up())));
      await mustWork(session.stack.destroy());
    });
    empty.push(await emptyUp(lab));
  }
  await new Hosts(lab).destroyAll();
  fs.rmSync(folder, { recursive: true });
  print("up to verified report / hosts to cloud-init done", up, booted, 3);
  print("idle up / up of an empty program", idle, empty, 1.5);
}

/** The same hosts with the same user data, without engine, components and verification. */
async function bootAlone(lab: Lab): Promise<void> {
  const hosts = new Hosts(lab);
  const key = operatorKey(lab);
  const config = parse(fs.readFileSync(path.join(CHECKOUT, "Pulumi.lab.yaml"), "utf8")) as {
    config: { "listen-backlog:servers": ServerConfig[] };
  };
  await Promise.all(
    config.config["listen-backlog:servers"].map(async ({ name, services, userData }, index) => {
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

function inSession(lab: Lab, work: (session: Session) => Promise<void>): Promise<void> {
  return withSession(lab, progress, new AbortController().signal, undefined, work);
}

/** The `up` of a program that makes nothing, with the same engine, in a stack of its own. */
async function emptyUp(lab: Lab): Promise<number> {
  const { openStack } = await import("../lab/stack.js");
  const folder = path.join(lab.dir, "..", `${path.basename(lab.dir)}-empty`);
  const emptyLab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: folder });
  const stack = await openStack(emptyLab, await ensureEngine(lab, progress), {
    program: () => Promise.resolve({}),
    project: "name: listen-backlog\nruntime: nodejs\n",
    config: "config: {}\n",
  });
  await mustWork(stack.up());
  const time = await seconds(() => mustWork(stack.up()));
  fs.rmSync(folder, { recursive: true });
  return time;
}

async function mustWork(
  outcome: Promise<{ ok: boolean; diagnostics: readonly { message: string }[] }>,
): Promise<void> {
  const { ok, diagnostics } = await outcome;
  if (!ok) {
    throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
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
