import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BacklogVerification,
  TunedHost,
  TunedServer,
  type BastionArgs,
  type HostSshArgs,
  type TunedHostArgs,
} from "../../components";
import { generateHostKey } from "../../components/host-key";
import {
  ExistingHosts,
  nginxSite,
  type EngineRun,
  type ExistingHost,
  type Program,
} from "./support/existing-host";

// A host behind a bastion. Each has a key of its own, both with a passphrase; and nothing of them may ever be seen.

const PASSPHRASE = "planted-passphrase-of-the-host";
const BASTION_PASSPHRASE = "planted-passphrase-of-the-bastion";
const USER_DATA = "planted-in-the-user-data";
let all: ExistingHosts;
let web: ExistingHost;
let bastion: ExistingHost;
let folder: string;
let ssh: HostSshArgs & { readonly bastion: BastionArgs };
/** Every word that was shown, of every run. */
let shown = "";
/** Parts of keys long enough to be nothing else. */
let planted: string[];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-bastion-"));
  all = await ExistingHosts.open();
  [web, bastion] = await Promise.all([
    all.host("web", { files: nginxSite(8192), commands: ["systemctl start nginx"] }),
    all.host("bastion"),
  ]);
  const keys = [key("web", PASSPHRASE), key("bastion", BASTION_PASSPHRASE)] as const;
  await Promise.all(
    [web, bastion].map((host, at) =>
      host.sh(
        `echo '${keys[at]?.publicKey ?? ""}' >>/home/admin/.ssh/authorized_keys; sysctl -q -w net.core.somaxconn=1024`,
      ),
    ),
  );
  const bodies = [...keys.map(({ privateKey }) => privateKey), all.key.privateKey].flatMap((text) =>
    text.split("\n").filter((line) => line.length > 30 && !line.startsWith("-----")),
  );
  planted = [...bodies, PASSPHRASE, BASTION_PASSPHRASE, USER_DATA];
  ssh = {
    user: "admin",
    privateKey: keys[0].privateKey,
    privateKeyPassword: PASSPHRASE,
    hostKey: web.hostKey,
    dialErrorLimit: 1,
    bastion: {
      host: bastion.address,
      hostKey: bastion.hostKey,
      privateKey: keys[1].privateKey,
      privateKeyPassword: BASTION_PASSPHRASE,
    },
  };
});
afterAll(async () => {
  fs.rmSync(folder, { recursive: true });
  await all.close();
});

function key(name: string, passphrase: string): { privateKey: string; publicKey: string } {
  const file = path.join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", file]);
  return {
    privateKey: fs.readFileSync(file, "utf8"),
    publicKey: fs.readFileSync(`${file}.pub`, "utf8").trim(),
  };
}

/** Runs it with an agent that has this one key. */
async function withAgent(name: "web" | "bastion", run: (socket: string) => Promise<void>): Promise<void> {
  const socket = path.join(folder, `agent-${name}`);
  const open = path.join(folder, `${name}-open`);
  fs.copyFileSync(path.join(folder, name), open);
  fs.chmodSync(open, 0o600);
  const passphrase = name === "web" ? PASSPHRASE : BASTION_PASSPHRASE;
  execFileSync("ssh-keygen", ["-q", "-p", "-P", passphrase, "-N", "", "-f", open]);
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    // It says where it listens once it does.
    await once(agent.stdout, "data");
    execFileSync("ssh-add", ["-q", open], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await run(socket);
  } finally {
    agent.kill();
    await once(agent, "exit");
  }
}

function tuned(args: Partial<TunedHostArgs> = {}): Program {
  return () => {
    const host = new TunedHost("web", {
      services: [{ name: "nginx", backlog: 8192, relisten: "restart" }],
      host: web.address,
      ssh,
      ...args,
    });
    return { verdict: host.verdict, report: host.report, steps: host.steps, command: host.verifyCommand };
  };
}

/** Runs `up`; whatever comes of it, nothing planted may be in what was shown or kept. */
async function up(program: Program): Promise<EngineRun> {
  return looked(await all.up(program));
}

function looked(run: EngineRun): EngineRun {
  shown += run.text + run.errors + run.warnings;
  const kept = all.stateFiles();
  expect(kept.length).toBeGreaterThan(100);
  expect(planted.filter((secret) => shown.includes(secret))).toEqual([]);
  expect(planted.filter((secret) => kept.includes(secret))).toEqual([]);
  // Neither escaped nor encoded.
  const encoded = planted.map((secret) =>
    Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -2),
  );
  expect(encoded.filter((secret) => (shown + kept).includes(secret))).toEqual([]);
  return run;
}

/** From where the connections to the host came, each once. */
const sources = () =>
  web.sh("journalctl -b -q -t sshd -o cat | sed -n 's/^Connection from \\([0-9.]*\\) .*/\\1/p' | sort -u");

describe("a host behind a bastion", () => {
  it("is tuned, verified and restored through it alone", async () => {
    await web.sh("journalctl -q --rotate; journalctl -q --vacuum-time=1s");
    expect(await up(tuned({ restoreOnDestroy: true }))).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toMatchObject({ verdict: "as-declared" });
    expect(await web.effective(80)).toEqual([8192]);
    expect((await up(tuned({ restoreOnDestroy: true }))).changes).toEqual({ same: 5 });
    const gone = looked(await all.destroy());
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain("listen-backlog: restored: web: set net.core.somaxconn from 8192 to 1024");
    expect(await web.somaxconn()).toBe("1024");
    expect((await sources()).split("\n")).toContain(bastion.address);
  });

  it.each<["web" | "bastion", (socket: string) => HostSshArgs]>([
    [
      "web",
      (agentSocketPath) => ({
        ...ssh,
        privateKey: undefined,
        privateKeyPassword: undefined,
        agentSocketPath,
      }),
    ],
    [
      "bastion",
      (agentSocketPath) => ({
        ...ssh,
        agentSocketPath,
        bastion: { host: bastion.address, hostKey: bastion.hostKey },
      }),
    ],
  ])("is tuned and restored where an agent has the key of %s, and the other's is given", async (name, by) => {
    await withAgent(name, async (socket) => {
      const args = { ssh: by(socket), restoreOnDestroy: true };
      expect(await up(tuned(args))).toMatchObject({ ok: true, errors: "" });
      expect(await web.somaxconn()).toBe("8192");
      expect(looked(await all.destroy())).toMatchObject({ ok: true, errors: "" });
      expect(await web.somaxconn()).toBe("1024");
    });
  });

  it("is not reached through somebody else's bastion", async () => {
    const other = { ...ssh, bastion: { ...ssh.bastion, hostKey: generateHostKey().publicKey } };
    const run = await up(tuned({ ssh: other }));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain(
      "proxy: after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
  });

  it("is not reached where another host answers behind the bastion", async () => {
    const run = await up(tuned({ ssh: { ...ssh, hostKey: generateHostKey().publicKey } }));
    expect(run.errors).toContain("ssh: host key mismatch");
  });
});

describe("nothing secret is shown or kept in plain text", () => {
  it("of a key that cannot be decrypted", async () => {
    const run = await up(tuned({ ssh: { ...ssh, privateKeyPassword: BASTION_PASSPHRASE } }));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("the private key cannot be decrypted");
  });

  it("of a key that the host does not take", async () => {
    const { privateKey } = generateHostKey();
    planted.push(...privateKey.split("\n").filter((line) => line.length > 30 && !line.startsWith("-----")));
    const run = await up(
      tuned({ ssh: { user: "admin", privateKey, hostKey: web.hostKey, dialErrorLimit: 0 } }),
    );
    expect(run.errors).toContain("unable to authenticate");
  });

  it("of inputs that are refused, wherever the secret stands", async () => {
    const wrong = {
      ...ssh,
      hostKey: PASSPHRASE,
      password: PASSPHRASE,
      privateKey: `${PASSPHRASE}\n${PASSPHRASE}`,
    };
    const run = await up(tuned({ ssh: wrong }));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("ssh.password: given a value that is not shown");
    expect(run.errors).toContain("ssh.privateKey: given something that is no private key, and is not shown");
    expect(run.errors).toContain("ssh.hostKey: given a value that is not shown");
  });

  it("of inputs that are refused once they are known, and nothing is dialled", async () => {
    const before = await web.connections();
    const wrong: [string, Partial<HostSshArgs>][] = [
      ["ssh.privateKey: given something that is no private key", { privateKey: pulumi.secret(PASSPHRASE) }],
      ["ssh.hostKey: given a value that is not shown", { hostKey: pulumi.output(PASSPHRASE) }],
      // It would not be checked at all.
      ["ssh.hostKey: given nothing", { hostKey: pulumi.output(undefined as unknown as string) }],
    ];
    for (const [message, more] of wrong) {
      const run = await up(tuned({ ssh: { ...ssh, bastion: undefined, ...more } }));
      expect(run.ok).toBe(false);
      expect(run.errors).toContain(message);
    }
    expect(await web.connections()).toBe(before);
  });

  it("of a host that is not as declared, and of a new server's user data", async () => {
    const run = await up(() => {
      new BacklogVerification("web", {
        services: [{ name: "nginx", backlog: 8192 }],
        host: web.address,
        ssh,
      });
      const keys = new aws.ec2.KeyPair("key", { publicKey: all.key.publicKey });
      new TunedServer("new", {
        services: [{ name: "nginx", backlog: 4096 }],
        ami: "ami-0deb12ab0deb12ab0",
        instanceType: "t3.micro",
        keyName: keys.keyName,
        userData: `#!/bin/sh\n# ${USER_DATA}\n`,
        ssh: { privateKey: all.key.privateKey },
      });
      return {};
    });
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("FINDING on web: net.core.somaxconn (live)");
    expect(run.errors).toContain("FINDING on new: nginx on port 80");
    looked(await all.destroy());
  });

  it("of a restoration that fails", async () => {
    expect((await up(tuned({ restoreOnDestroy: true }))).ok).toBe(true);
    await web.sh(
      "cp -p /home/admin/.ssh/authorized_keys /root/; sed -i '/ web$/d' /home/admin/.ssh/authorized_keys",
    );
    const failed = looked(await all.destroy());
    expect(failed.errors).toContain("it did not let admin log in");
    // With the bastion gone, nobody can be asked any more.
    await all.hosts.stop(bastion.instanceId);
    const gone = looked(await all.destroy());
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain(`nothing was restored on ${web.address}: it cannot be reached`);
  });
});
