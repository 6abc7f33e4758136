import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as aws from "@pulumi/aws";
import { local, remote } from "@pulumi/command";
import { secret } from "@pulumi/pulumi";
import type { Input } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureEngine } from "../../lab/engine/engine";
import { ensureHostsReady, Hosts, ssh } from "../../lab/hosts";
import { openLab } from "../../lab/identity";
import type { Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { openStack } from "../../lab/stack";
import type { LabStack, Outcome } from "../../lab/stack";
import { newKeyPair, type KeyPair } from "./support/key-pair";

// The real engine, the stand-ins as it starts them, real hosts. The tests go on from each other: boots take the time.

const BIN = path.resolve(__dirname, "../../lab/bin");
const INSTANCE = "aws:ec2/instance:Instance";
const COMMAND = "command:remote:Command";
/** Must never be in the state in plain text. */
const HIDDEN = "a-word-that-is-in-the-user-data";

let folder: string;
let lab: Lab;
let hosts: Hosts;
let stack: LabStack;
let userKey: KeyPair;
let hostKey: KeyPair;
let otherKey: KeyPair;
/** What the program declares besides the server. */
let more: (address: Input<string>) => Record<string, Input<unknown>>;
/** How the server is declared. */
let server: Partial<aws.ec2.InstanceArgs>;

/** User data that gives the host its key and leaves a mark. */
function userData(mark: string): string {
  const document = {
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    runcmd: [["touch", `/var/tmp/${mark}`]],
  };
  return `#cloud-config\n# ${HIDDEN}\n${JSON.stringify(document)}\n`;
}

function program(): Promise<Record<string, unknown>> {
  const image = aws.ec2.getAmiOutput({
    owners: ["136693071363"],
    mostRecent: true,
    filters: [{ name: "name", values: ["debian-12-amd64-*"] }],
  });
  const key = new aws.ec2.KeyPair("admin", { publicKey: userKey.publicKey });
  const group = new aws.ec2.SecurityGroup("web", {
    ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }],
  });
  const web = new aws.ec2.Instance("web", {
    ami: image.id,
    instanceType: "t3.micro",
    keyName: key.keyName,
    vpcSecurityGroupIds: [group.id],
    ...server,
  });
  return Promise.resolve({ address: web.publicIp, id: web.id, ...more(web.publicIp) });
}

/** How the remote commands log in. */
function connection(host: Input<string>, changed: object = {}) {
  return {
    host,
    user: "admin",
    privateKey: userKey.privateKey,
    hostKey: hostKey.publicKey,
    dialErrorLimit: 60,
    ...changed,
  };
}

const nothing = () => ({});

async function up(): Promise<Outcome> {
  const outcome = await stack.up();
  expect(outcome, JSON.stringify(outcome.diagnostics)).toMatchObject({ ok: true });
  return outcome;
}

/** The errors of an update that must fail. */
async function failure(): Promise<string> {
  const outcome = await stack.up();
  expect(outcome.ok).toBe(false);
  return outcome.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message)
    .join("\n");
}

async function instance(): Promise<{ id: string; address: string }> {
  const { id, address } = await stack.outputs();
  return { id: String(id), address: String(address) };
}

/** Runs a command on the server, past everything that is tested here. */
async function on(command: string): Promise<string> {
  const { address } = await instance();
  const result = await ssh({ address, identityFile: userKey.file, hostKey: hostKey.publicKey, command });
  expect(result, command).toMatchObject({ code: 0 });
  return result.stdout.trim();
}

const bootId = () => on("cat /proc/sys/kernel/random/boot_id");
const marks = () => on("cd /var/tmp && ls -d mark-* 2>/dev/null || true");

/** Everything that the backend has on disk. */
function stored(): string {
  const state = path.join(lab.dir, "pulumi", "state");
  return fs
    .readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-providers-"));
  lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") });
  hosts = new Hosts(lab);
  userKey = newKeyPair(folder, "user");
  hostKey = newKeyPair(folder, "host");
  otherKey = newKeyPair(folder, "other");
  server = {};
  more = nothing;
  const progress = createProgress();
  await ensureHostsReady(lab, progress);
  const engine = await ensureEngine(lab, progress);
  stack = await openStack(lab, engine, {
    program,
    project: "name: providers\nruntime: nodejs\n",
    config: "config: {}\n",
    // An agent of the person who runs the tests is nothing to log in with.
    env: { SSH_AUTH_SOCK: "" },
  });
});

afterAll(async () => {
  await hosts.destroyAll();
  fs.rmSync(folder, { recursive: true });
});

describe("a preview", () => {
  it("makes nothing, and refuses what EC2 would refuse", async () => {
    server = { userData: userData("mark-one") };
    more = (host) => ({
      out: new remote.Command("ready", { connection: connection(host), create: "true" }).stdout,
    });
    expect(await stack.preview()).toMatchObject({ ok: true, changes: { create: 5 } });

    server = { userData: "#".repeat(20_000), hibernation: true };
    const refused = await stack.preview();
    expect(refused.ok).toBe(false);
    const said = refused.diagnostics.map(({ message }) => message).join("\n");
    expect(said).toContain("does not implement the value true");
    expect(said).not.toContain("####");
    expect(await hosts.list()).toEqual([]);
  });
});

describe("a server", () => {
  it("boots with its user data, and a command waits until it can log in", async () => {
    server = { userData: secret(userData("mark-one")), tags: { Name: "web" } };
    more = (host) => {
      const ready = new remote.Command("ready", {
        connection: connection(host),
        create: "sh -s -- ready",
        stdin: 'cloud-init status --wait >/dev/null; echo "$1"; echo "said aside" >&2\n',
      });
      return { out: ready.stdout, err: ready.stderr };
    };
    expect(await up()).toMatchObject({ changes: { create: 5 } });
    expect(await stack.outputs()).toMatchObject({ out: "ready", err: "said aside" });
    const { id, address } = await instance();
    expect(await hosts.get(id)).toMatchObject({ address, state: "running" });
    expect(await marks()).toBe("mark-one");
  });

  it("leaves no secret in the state", async () => {
    const text = stored();
    expect(text).toContain("ready");
    expect(text).not.toContain(HIDDEN);
    expect(text).not.toContain(userKey.privateKey.split("\n")[2]);
    // The same state with its secrets open does have them: they were looked for in the right place.
    expect(JSON.stringify(await stack.exportState())).toContain(HIDDEN);
  });

  it("stays as it is when nothing has changed", async () => {
    expect((await up()).changes).toEqual({ same: 5 });
    expect(await stack.refresh()).toMatchObject({ ok: true, changes: { same: 5 } });
  });

  it("is tagged while it runs", async () => {
    const before = await bootId();
    server = { ...server, tags: { Name: "web", Owner: "me" } };
    expect((await up()).changes).toEqual({ same: 4, update: 1 });
    expect(await bootId()).toBe(before);
  });

  it("with other user data stops and starts, and cloud-init does not run it again", async () => {
    const before = { ...(await instance()), boot: await bootId() };
    server = { ...server, userData: secret(userData("mark-two")) };
    more = (host) => {
      const args = { connection: connection(host), create: "cloud-init status --wait" };
      return { out: new remote.Command("ready", args).stdout };
    };
    expect((await up()).changes).toMatchObject({ update: 2 });
    expect(await instance()).toEqual({ id: before.id, address: before.address });
    expect(await bootId()).not.toBe(before.boot);
    expect(await marks()).toBe("mark-one");
  });

  it("with userDataReplaceOnChange becomes another one, which runs it", async () => {
    const before = await instance();
    server = { ...server, userData: secret(userData("mark-three")), userDataReplaceOnChange: true };
    expect((await up()).changes).toMatchObject({ replace: 1 });
    const after = await instance();
    expect(after.id).not.toBe(before.id);
    await on("cloud-init status --wait");
    expect(await marks()).toBe("mark-three");
    expect((await hosts.list()).map(({ instanceId }) => instanceId)).toEqual([after.id]);
    expect(stored()).not.toContain(HIDDEN);
  });
});

describe("a remote command", () => {
  it("refuses a wrong host key, fails with what the command says, and is not recorded", async () => {
    more = (host) => {
      const wrong = connection(host, { hostKey: otherKey.publicKey, dialErrorLimit: 1 });
      new remote.Command("wrong", { connection: wrong, create: "touch /var/tmp/mark-wrong" });
      new remote.Command("failing", {
        connection: connection(host),
        create: "echo out; echo err >&2; exit 7",
      });
      const environment = { LISTEN_BACKLOG: "4096" };
      new remote.Command("strict", {
        connection: connection(host),
        create: "touch /var/tmp/mark-env",
        environment,
      });
      return {};
    };
    const errors = await failure();
    expect(errors).toContain("after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch");
    expect(errors).toMatch(
      /Process exited with status 7: running "echo out; echo err >&2; exit 7":\n(out\nerr|err\nout)/,
    );
    expect(errors).toContain('could not set environment variable "LISTEN_BACKLOG": ssh: setenv failed');
    expect(errors).not.toContain("PRIVATE KEY");
    expect(await marks()).toBe("mark-three");
    const names = JSON.stringify(await stack.exportState());
    expect(names).not.toMatch(/::(wrong|failing|strict)"/);
  });

  it("runs again for any change, is replaced for a trigger, and remembers what it said", async () => {
    const declare = (create: string, triggers: string[]) => {
      more = (host) => {
        const args = { connection: connection(host), create, triggers, addPreviousOutputInEnv: false };
        return { out: new remote.Command("note", { ...args, delete: "echo gone >>/var/tmp/note" }).stdout };
      };
    };
    declare("echo one | tee -a /var/tmp/note", ["a"]);
    await up();
    declare("echo two | tee -a /var/tmp/note", ["a"]);
    expect((await up()).changes).toMatchObject({ update: 1 });
    expect(await stack.outputs()).toMatchObject({ out: "two" });

    declare("exit 1", ["a"]);
    expect(await failure()).toContain('Process exited with status 1: running "exit 1"');
    expect(JSON.stringify(await stack.exportState())).toContain("echo two");

    declare("echo three | tee -a /var/tmp/note", ["b"]);
    expect((await up()).changes).toMatchObject({ replace: 1 });
    more = nothing;
    expect((await up()).changes).toMatchObject({ delete: 1 });
    // The replacement runs first, then the delete command of what it replaces.
    expect(await on("cat /var/tmp/note")).toBe("one\ntwo\nthree\ngone\ngone");
    expect(stack.resourceIds(COMMAND)).toEqual([]);
  });

  it("goes through a bastion, both host keys checked, beside others at the same time", async () => {
    more = (host) => {
      const proxy = connection(host);
      const inner = new remote.Command("inner", {
        connection: { ...connection("127.0.0.1"), proxy },
        // Who is asked is the host itself, from its own loopback.
        create: "echo $SSH_CONNECTION | cut -d ' ' -f 1,3",
      });
      const others = ["a", "b", "c"].map(
        (name) => new remote.Command(name, { connection: connection(host), create: `echo ${name}` }).stdout,
      );
      const here = new local.Command("here", { create: "cat", stdin: "from here" });
      return { inner: inner.stdout, a: others[0] ?? "", c: others[2] ?? "", here: here.stdout };
    };
    await up();
    expect(await stack.outputs()).toMatchObject({
      inner: "127.0.0.1 127.0.0.1",
      a: "a",
      c: "c",
      here: "from here",
    });
    // Connections are closed: the one that asks is the only one.
    expect(await on("sudo ss -Htn state established '( sport = :22 )' | wc -l")).toBe("1");
  });
});

describe("what is gone", () => {
  it("is noticed by a refresh", async () => {
    const { id } = await instance();
    more = nothing;
    await up();
    await hosts.destroy(id);
    expect(await stack.refresh()).toMatchObject({ ok: true, changes: { delete: 1 } });
    expect(stack.resourceIds(INSTANCE)).toEqual([]);
  });

  it("after a destroy is everything", async () => {
    expect(await stack.destroy()).toMatchObject({ ok: true });
    expect(await hosts.list()).toEqual([]);
    const account: unknown = JSON.parse(fs.readFileSync(path.join(lab.dir, "aws", "account.json"), "utf8"));
    expect(account).toEqual({ version: 1, keyPairs: [], securityGroups: [], instances: [] });
  });
});

describe.each(["aws", "command"])("the program pulumi-resource-%s", (name) => {
  it("prints its port and nothing else, and ends when whoever started it is killed", async () => {
    const shim = path.join(BIN, `pulumi-resource-${name}`);
    // The shell stands for the engine; it must not become the provider.
    const engine = spawn("sh", ["-c", '"$0" 127.0.0.1:1 & echo "pid $!"; wait', shim], {
      env: { ...process.env, LISTEN_BACKLOG_LAB: lab.dir },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    while (!/^pid \d+\n\d+\n$/.test(said)) {
      const [chunk] = (await once(engine.stdout, "data")) as [Buffer];
      said += chunk.toString();
      expect(said).toMatch(/^(pid? ?\d*\n?)?\d*\n?$/);
    }
    const pid = Number(/pid (\d+)/.exec(said)?.[1]);
    expect(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("node");
    engine.kill("SIGKILL");
    while (fs.existsSync(`/proc/${pid}`)) {
      await sleep(50);
    }
    expect(fs.existsSync(`/proc/${pid}`)).toBe(false);
  });
});
