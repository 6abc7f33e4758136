import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { TestLab } from "./support/lab";

const lab = new TestLab();
const files = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-config-"));

/** Writes a stack configuration with these servers and returns its file. */
function configuration(servers: readonly object[]): string {
  const file = path.join(files, "config.yaml");
  // JSON is YAML.
  fs.writeFileSync(file, JSON.stringify({ config: { "listen-backlog:servers": servers } }));
  return file;
}

const nginx = (listen: string) =>
  [
    "#cloud-config",
    JSON.stringify({
      write_files: [
        { path: "/etc/nginx/sites-available/default", content: `server { ${listen} return 200 ok; }\n` },
      ],
      runcmd: [["systemctl", "enable", "--now", "nginx"]],
    }),
  ].join("\n");

const good = {
  name: "good",
  services: [{ name: "nginx", backlog: 4096 }],
  userData: nginx("listen 80 backlog=4096;"),
};

afterAll(async () => {
  await lab.run("destroy");
  lab.remove();
  fs.rmSync(files, { recursive: true });
});

describe("a declaration that cannot be used", () => {
  it("is refused in the preview, with every bad field at once, and nothing is created", async () => {
    const config = configuration([
      {
        name: "bad",
        services: [{ name: "ngnix", port: 80 }],
        settings: { somaxconn: "4096", tcpSyncookies: 7 },
      },
    ]);
    const { code, stdout } = await lab.run("--config", config, "preview");
    expect(code).toBe(1);
    expect(stdout).toContain("services[0].name");
    expect(stdout).toContain("instead: nginx");
    expect(stdout).toContain("settings.somaxconn");
    expect(stdout).toContain("the number 4096, without quotes");
    expect(stdout).toContain("settings.tcpSyncookies");
    expect(await lab.json("status")).toMatchObject({ document: { hosts: [] } });
  });

  it("is refused by the policy when somaxconn is below it, and up creates nothing", async () => {
    const config = configuration([{ ...good, settings: { somaxconn: 1024 } }]);
    const { code, document } = await lab.json("--config", config, "up");
    expect(code).toBe(1);
    expect(document).toMatchObject({
      policyViolations: [
        {
          policy: "somaxconn-covers-backlog",
          level: "mandatory",
          message: expect.stringMatching(/got 1024\..*Fix: set settings\.somaxconn: 4096/) as unknown,
        },
      ],
    });
    expect(await lab.json("status")).toMatchObject({ document: { hosts: [] } });
  });

  it("is an unreadable configuration, said before anything starts", async () => {
    const file = path.join(files, "broken.yaml");
    fs.writeFileSync(file, "config: [");
    expect(await lab.run("--config", file, "up")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(file) as unknown,
    });
  });
});

describe("a server that does not have what was declared", () => {
  it("fails up with exit code 1, and says server, socket, wanted, got, cause and fix; the next up heals", async () => {
    const servers = [
      { name: "default511", services: [{ name: "nginx", backlog: 4096 }], userData: nginx("listen 80;") },
      {
        name: "refused",
        services: [{ name: "nginx", backlog: 4096 }],
        settings: { extra: { "net.ipv4.tcp_congestion_control": "nosuch" } },
        userData: nginx("listen 80 backlog=4096;"),
      },
      { name: "silent", services: [{ name: "redis", backlog: 1024 }] },
    ];
    const { code, stdout } = await lab.run("--config", configuration([...servers, good]), "up");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /default511: nginx on 0\.0\.0\.0:80\n\s*wanted: 4096\n\s*got: +511\n\s*cause: +511 is what this software/,
    );
    expect(stdout).toContain("listen 80 backlog=4096;");
    expect(stdout).toMatch(/refused: net\.ipv4\.tcp_congestion_control \(live\)\n\s*wanted: nosuch/);
    expect(stdout).toMatch(/silent: redis on port 6379\n\s*wanted: 1024\n\s*got: +no listening socket/);
    expect(stdout).not.toContain("PRIVATE KEY");

    // A failed verification is not recorded, so the same `up` looks again; and the corrected one heals.
    const healed = servers.map((server) => ({ ...good, name: server.name }));
    const second = await lab.json<{ report: { verdict: string }[] }>(
      "--config",
      configuration([...healed, good]),
      "up",
    );
    expect(second.code, JSON.stringify(second.document)).toBe(0);
    expect(second.document.report.map(({ verdict }) => verdict)).toEqual(Array(4).fill("as declared"));
    expect(await lab.run("destroy")).toMatchObject({ code: 0 });
  });
});

describe("a lab that is interrupted", () => {
  it("says the same where Ctrl-C comes before the engine listens for it", async () => {
    const child = lab.spawn(["--config", configuration([good]), "up"]);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      const first = !stderr.includes("Stand-ins:");
      stderr += chunk.toString();
      if (first && stderr.includes("Stand-ins:")) {
        setTimeout(() => child.kill("SIGINT"), 100);
      }
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(2);
    expect(stderr).toContain("could not run: interrupted");
    expect(await lab.json("destroy")).toMatchObject({ code: 0, document: { left: [] } });
  });

  it("ends in good order on Ctrl-C, says so with exit code 2, and destroy leaves nothing", async () => {
    const child = lab.spawn(["--config", configuration([good]), "up"]);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise((resolve) => child.on("close", resolve));
    while ((await hosts()).length === 0) {
      expect(child.exitCode, "up ended before a host was there").toBe(null);
      await sleep(100);
    }
    child.kill("SIGINT");
    expect(await ended).toBe(2);
    expect(stderr).toContain("could not run: interrupted");
    expect(await lab.json("destroy")).toMatchObject({ code: 0, document: { left: [] } });
  });

  it("does not mind that nobody reads its output", async () => {
    const child = lab.spawn(["help"]);
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  });
});

describe("a lab that is killed", () => {
  it("in the middle of up: the next up works, and destroy leaves nothing", async () => {
    const config = configuration([good]);
    const child = lab.spawn(["--config", config, "up"]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    // Killed once the host boots: the engine then waits for the verification.
    while ((await hosts()).length === 0) {
      expect(child.exitCode, "up ended before a host was there").toBe(null);
      await sleep(100);
    }
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    expect(await hosts()).toHaveLength(1);

    const { code, document } = await lab.json("--config", config, "up");
    expect(code, JSON.stringify(document)).toBe(0);
    expect(await hosts()).toHaveLength(1);
    expect(await lab.json("destroy")).toMatchObject({ code: 0, document: { left: [] } });
  });
});

async function hosts(): Promise<unknown[]> {
  return (await lab.json<{ hosts: unknown[] }>("status")).document.hosts;
}
