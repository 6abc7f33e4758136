import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateHostKey } from "../../components/host-key";
import { ensureHostsReady, Hosts, ssh, waitForSsh, type SshTarget } from "../../lab/hosts";
import { openLab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { policiesOf, remediate, said, type Resource } from "../policies/support/analyzer";

// What a policy mends is booted, and booted again: the kernel has the declared somaxconn, and the user's own part has run.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-remediation-"));
const hosts = new Hosts(openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") }));
const identityFile = path.join(folder, "user");
const hostKey = generateHostKey();

beforeAll(async () => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "user", "-f", identityFile]);
  await ensureHostsReady(
    openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") }),
    createProgress(),
  );
});
afterAll(async () => {
  await hosts.destroyAll();
  fs.rmSync(folder, { recursive: true });
});

/** The user's own: it brings the host key, so that the first connection is checked, and leaves a mark. */
const KEYS = `ssh_keys: ${JSON.stringify({ ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey })}\n`;
const config = (files: readonly (readonly [string, string])[], ...commands: readonly string[]) =>
  `#cloud-config\n${KEYS}write_files: ${JSON.stringify(files.map(([file, content]) => ({ path: file, content })))}\n` +
  `runcmd: ${JSON.stringify([...commands, "touch /opt/mine"])}\n`;
const script = (text: string) =>
  [
    'Content-Type: multipart/mixed; boundary="USER"',
    "MIME-Version: 1.0",
    "",
    "--USER",
    "Content-Type: text/cloud-config",
    "",
    KEYS,
    "--USER",
    "Content-Type: text/x-shellscript",
    "",
    `#!/bin/sh\n${text}\ntouch /opt/mine`,
    "--USER--",
    "",
  ].join("\n");

const LOW = "net.core.somaxconn = 1024\n";
const CASES: Readonly<Record<string, string>> = {
  "somaxconn-covers-backlog": config([["/etc/sysctl.d/60-a.conf", LOW]], "sysctl -p /etc/sysctl.d/60-a.conf"),
  "backlog-survives-reboot": script("sysctl -w net.core.somaxconn=8192"),
  "backlog-applied-at-first-boot": config([["/etc/sysctl.d/60-a.conf", "net.core.somaxconn = 8192\n"]]),
  "sysctl-files-agree": config(
    [
      ["/etc/sysctl.d/60-a.conf", "net.core.somaxconn = 8192\n"],
      ["/etc/sysctl.d/99-hardening.conf", LOW],
    ],
    "sysctl -p /etc/sysctl.d/60-a.conf /etc/sysctl.d/99-hardening.conf",
  ),
};

describe("user data that a policy has mended", () => {
  it.each(Object.entries(CASES))("holds on a host, for %s", async (policy, userData) => {
    const resource: Resource = {
      type: "aws:ec2/instance:Instance",
      props: {
        userData,
        userDataReplaceOnChange: true,
        tags: { "listen-backlog:services": "nginx:80:8192" },
      },
    };
    expect((await said(resource)).map((line) => line.split(": ")[0])).toEqual([policy]);
    const [mended] = await remediate(policiesOf(), resource);
    expect(mended?.policy).toBe(policy);
    const userDataMended = Buffer.from(String(mended?.properties["userData"]));

    const instanceId = "i-00000000000000001";
    const { address } = await hosts.create({
      instanceId,
      hostname: "mended",
      userData: userDataMended,
      publicKeys: [fs.readFileSync(`${identityFile}.pub`, "utf8").trim()],
    });
    const target: SshTarget = { address, identityFile, hostKey: hostKey.publicKey };
    const look = async () => {
      await waitForSsh(target, 90_000);
      const { stdout } = await ssh({
        ...target,
        command: "cloud-init status --wait | tr -d .; cat /proc/sys/net/core/somaxconn; ls /opt/mine",
      });
      return stdout.split("\n").flatMap((line) => line.trim() || []);
    };
    expect(await look()).toEqual(["status: done", "8192", "/opt/mine"]);
    await hosts.reboot(instanceId);
    expect(await look()).toEqual(["status: done", "8192", "/opt/mine"]);
    await hosts.destroy(instanceId);
  });
});
