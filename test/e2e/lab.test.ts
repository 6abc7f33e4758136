import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StackOutputs } from "../../lab/servers";
import { TestLab } from "./support/lab";

/** The parts of the lab's JSON documents that these tests look at. */
interface UpDocument {
  readonly ok: boolean;
  readonly changes: Record<string, number>;
  readonly report: StackOutputs["report"];
  readonly diagnostics: readonly { severity: string; message: string }[];
  readonly policyViolations: readonly { policy: string; level: string; message: string }[];
}

const FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";
const lab = new TestLab();
let servers: StackOutputs["servers"];

/** Asks the kernel of a server itself, not our report: the Send-Q of every listening socket, by port. */
async function sendQueues(name: string): Promise<Record<string, number[]>> {
  const { stdout } = await on(name, "ss -Hltn");
  const queues: Record<string, number[]> = {};
  for (const line of stdout.trim().split("\n")) {
    const [, , sendQ, local] = line.split(/\s+/);
    const port = local?.slice(local.lastIndexOf(":") + 1) ?? "";
    (queues[port] ??= []).push(Number(sendQ));
  }
  return queues;
}

async function on(name: string, command: string) {
  const server = servers.find((candidate) => candidate.name === name);
  if (server === undefined) {
    throw new Error(`no server ${name}`);
  }
  const result = await lab.on(server, command);
  expect(result.stderr, command).toBe("");
  return result;
}

async function readServers(): Promise<StackOutputs["servers"]> {
  const state = path.join(lab.folder, "pulumi/state/.pulumi/stacks/listen-backlog/lab.json");
  const { checkpoint } = JSON.parse(await fs.promises.readFile(state, "utf8")) as {
    checkpoint: { latest: { resources: { type: string; outputs: StackOutputs }[] } };
  };
  const stack = checkpoint.latest.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return stack?.outputs.servers ?? [];
}

afterAll(async () => {
  await lab.run("destroy");
  lab.remove();
});

describe("before anything is up", () => {
  it("refuses unknown commands and options, and says what is allowed", async () => {
    expect(await lab.run("upp")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("allowed: up, preview") as unknown,
    });
    expect(await lab.run("--jsn", "up")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--json") as unknown,
    });
    expect(await lab.run("ssh")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("name of a server") as unknown,
    });
  });

  it("says that nothing is up, with exit code 2, also as JSON", async () => {
    const { code, document } = await lab.json<{ error: string; fix: string }>("verify");
    expect(code).toBe(2);
    expect(document).toEqual({ error: "no servers are up in this lab", fix: "npm run lab -- up" });
  });

  it("previews without creating anything", async () => {
    const { code, document } = await lab.json<UpDocument>("preview");
    expect(code).toBe(0);
    expect(document.changes).toEqual({ create: 11 });
    expect(document.policyViolations).toEqual([]);
    expect(await lab.json("status")).toMatchObject({ document: { hosts: [] } });
  });
});

describe("the main job", () => {
  beforeAll(async () => {
    const { code, document, stderr } = await lab.json<UpDocument>("up");
    expect(code, stderr).toBe(0);
    expect(document.report.map(({ server, service, effective }) => [server, service, effective])).toEqual([
      ["web", "nginx", [4096]],
      ["web", "api", [1024]],
      ["cache", "redis", [16384, 16384]],
    ]);
    servers = await readServers();
  });

  it("gives every socket its declared backlog, and every server its settings", async () => {
    expect(await sendQueues("web")).toMatchObject({ 80: [4096], 8000: [1024] });
    expect(await sendQueues("cache")).toMatchObject({ 6379: [16384, 16384] });
    for (const [name, somaxconn] of [
      ["web", 4096],
      ["cache", 16384],
    ] as const) {
      expect((await on(name, "cat /proc/sys/net/core/somaxconn")).stdout).toBe(`${somaxconn}\n`);
      expect((await on(name, `cat ${FILE}`)).stdout).toContain(`\nnet.core.somaxconn = ${somaxconn}\n`);
    }
    expect(fs.readFileSync("/proc/sys/net/core/somaxconn", "utf8")).toBe("4096\n");
  });

  it("loses nothing of the user's own user data", async () => {
    await on("web", "test -e /var/tmp/the-users-own-runcmd-ran");
    await on("cache", "test -e /var/tmp/the-users-own-script-ran");
    expect((await on("web", "cat /etc/nginx/sites-available/default")).stdout).toContain(
      "listen 80 backlog=4096;",
    );
    expect((await on("web", "grep errors /run/cloud-init/result.json")).stdout.trim()).toBe('"errors": []');
  });

  it("changes nothing in a second up", async () => {
    const { code, document } = await lab.json<UpDocument>("up");
    expect(code).toBe(0);
    expect(document.changes).toEqual({ same: 11 });
  });

  it("keeps private keys out of the state and of every output", async () => {
    const state = fs.readFileSync(
      path.join(lab.folder, "pulumi/state/.pulumi/stacks/listen-backlog/lab.json"),
      "utf8",
    );
    expect(state).not.toContain("OPENSSH PRIVATE KEY");
    const { stdout, stderr } = await lab.run("--json", "up");
    expect(stdout + stderr).not.toContain("PRIVATE KEY");
  });

  it("logs in by name and passes exit codes on", async () => {
    expect(await lab.run("ssh", "web", "hostname; exit 7")).toMatchObject({ code: 7 });
    expect(await lab.run("ssh", "nobody")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there are: web, cache") as unknown,
    });
  });

  it("finds drift: a live value and a socket, with wanted, got, cause and fix", async () => {
    await on("web", "sudo sysctl -qw net.core.somaxconn=128 && sudo systemctl restart nginx");
    const { code, stdout } = await lab.run("verify");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /net\.core\.somaxconn \(live\)\n {2}wanted: 4096\n {2}got: {4}128\n {2}cause: .*\n {2}fix: .*sysctl -p/,
    );
    expect(stdout).toMatch(
      /nginx on 0\.0\.0\.0:80\n {2}wanted: 4096\n {2}got: {4}128\n {2}cause: .*\n {2}fix: .*restart nginx/,
    );
    expect(await lab.json("verify")).toMatchObject({ code: 1, document: { verdict: "not-as-declared" } });
  });

  it("gets everything back after a reboot", async () => {
    const before = (await on("web", "cat /proc/sys/kernel/random/boot_id")).stdout;
    const server = servers.find(({ name }) => name === "web");
    await lab.on(server ?? { address: "", hostKey: "" }, "sudo systemctl reboot");
    await expect
      .poll(
        async () => {
          const { code, stdout } = await lab.on(
            server ?? { address: "", hostKey: "" },
            "cat /proc/sys/kernel/random/boot_id",
          );
          return code === 0 && stdout !== before;
        },
        { timeout: 60_000, interval: 300 },
      )
      .toBe(true);
    expect(await lab.run("verify")).toMatchObject({ code: 0 });
    expect(await sendQueues("web")).toMatchObject({ 80: [4096], 8000: [1024] });
    expect((await on("web", "cat /proc/sys/net/core/somaxconn")).stdout).toBe("4096\n");
  });

  it("destroys everything and leaves nothing", async () => {
    const { code, document } = await lab.json<{ left: string[] }>("destroy");
    expect(code).toBe(0);
    expect(document.left).toEqual([]);
    expect(await lab.json("status")).toMatchObject({ document: { hosts: [] } });
  });
});
