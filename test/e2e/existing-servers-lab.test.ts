import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyReport } from "../../apply";
import { generateHostKey } from "../../components/host-key";
import type { StackOutputs, StackServer } from "../../lab/servers";
import { TestLab, type LabRun } from "./support/lab";

const FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";
const CONFIG = `config:
  listen-backlog:servers:
    - name: web
      services: [{ name: nginx, port: 80, backlog: 8192, relisten: restart }]
      userData: |
        #cloud-config
        write_files:
          - path: /etc/nginx/sites-available/default
            content: "server { listen 80 backlog=8192; }"
        runcmd:
          - [systemctl, enable, --now, nginx]
`;
const lab = new TestLab();
const configFile = path.join(lab.folder, "..", `${path.basename(lab.folder)}.yaml`);
let web: StackServer;

const run = (...args: string[]): Promise<LabRun> => lab.run("--config", configFile, ...args);

async function on(command: string): Promise<string> {
  const { code, stdout, stderr } = await lab.on(web, `sudo sh -c '${command}'`);
  expect({ code, stderr }, command).toEqual({ code: 0, stderr: "" });
  return stdout.trim();
}

beforeAll(async () => {
  fs.writeFileSync(configFile, CONFIG);
  expect(await run("up")).toMatchObject({ code: 0 });
  const state = path.join(lab.folder, "pulumi/state/.pulumi/stacks/listen-backlog/lab.json");
  const { checkpoint } = JSON.parse(fs.readFileSync(state, "utf8")) as {
    checkpoint: { latest: { resources: { type: string; outputs: StackOutputs }[] } };
  };
  const stack = checkpoint.latest.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const server = stack?.outputs.servers[0];
  if (server === undefined) {
    throw new Error("no server is up");
  }
  web = server;
});
afterAll(async () => {
  await lab.run("destroy");
  lab.remove();
  fs.rmSync(configFile);
});

describe("npm run lab -- verify, then repair", () => {
  it.each([
    [
      "a changed live value",
      "sysctl -qw net.core.somaxconn=512",
      "net.core.somaxconn (live)\n  wanted: 8192\n  got:    512",
      "set net.core.somaxconn from 512 to 8192",
    ],
    [
      "a deleted file",
      `rm ${FILE}`,
      "net.core.somaxconn (next boot)\n  wanted: 8192\n  got:    nothing",
      `wrote ${FILE}`,
    ],
    [
      "a changed file",
      `sed -i s/8192/99/ ${FILE}`,
      "net.core.somaxconn (next boot)\n  wanted: 8192\n  got:    99",
      `wrote ${FILE}`,
    ],
    [
      "a service that was restarted with another backlog",
      "sysctl -qw net.core.somaxconn=700; systemctl restart nginx; sysctl -qw net.core.somaxconn=8192",
      "nginx on 0.0.0.0:80\n  wanted: 8192\n  got:    700",
      "restart of nginx.service: nginx on port 80 had 700, has 8192",
    ],
  ])("find %s, and put it right", async (_, change, finding, step) => {
    await on(change);
    const found = await run("verify");
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`FINDING on web: ${finding}`);
    const { code, stdout, stderr } = await run("repair");
    expect(code).toBe(0);
    // What it will do is said before it is done.
    expect(stderr).toMatch(/^ {2}web: would /m);
    expect(stdout).toContain(`  web: ${step}\n`);
    expect(stdout).toContain("verify: as declared");
  });

  it("find nothing on a server that is right", async () => {
    const { code, document } = await lab.json<{ plans: ApplyReport[]; repairs: ApplyReport[] }>(
      "--config",
      configFile,
      "repair",
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({ plans: [{ host: "web", verdict: "unchanged" }], repairs: [] });
  });

  it("find a new file that wins and a service that went away, and leave both to whoever did that", async () => {
    await on("echo net.core.somaxconn=1000 >/etc/sysctl.d/99-zzz.conf; systemctl stop nginx");
    const { code, stdout } = await run("repair");
    expect(code).toBe(1);
    expect(stdout).toContain("cause:  /etc/sysctl.d/99-zzz.conf line 1 is the last to set it.");
    expect(stdout).toContain(
      "FINDING on web: nginx on port 80\n  wanted: 8192\n  got:    no listening socket",
    );
    expect(await on("cat /etc/sysctl.d/99-zzz.conf; systemctl is-active nginx || :")).toBe(
      "net.core.somaxconn=1000\ninactive",
    );
    await on("rm /etc/sysctl.d/99-zzz.conf; systemctl start nginx");
    expect((await run("verify")).code).toBe(0);
  });

  it("refuse to repair what another configuration declares", async () => {
    fs.writeFileSync(configFile, CONFIG.replaceAll("8192", "4096"));
    const { code, stderr } = await run("repair");
    fs.writeFileSync(configFile, CONFIG);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "the configuration of web is not the one that it came up with\n  instead: npm run lab -- up",
    );
  });

  it("refuse a host that was replaced by another", async () => {
    const other = generateHostKey();
    const key = "/etc/ssh/ssh_host_ed25519_key";
    await lab.on(web, `sudo sh -c 'cat >${key}; systemctl restart ssh' <<'END'\n${other.privateKey}END\n`);
    for (const command of ["verify", "repair"]) {
      const { code, stderr } = await run(command);
      expect(code).toBe(2);
      expect(stderr).toMatch(/another host answers at [\d.]+: its SSH host key is not the pinned one/);
    }
  });
});
