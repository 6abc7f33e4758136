import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveDeclaration, type BacklogDeclaration } from "../../backlog";
import { composeUserData } from "../../cloudinit";
import { generateHostKey } from "../../components/host-key";
import { ensureHostsReady, Hosts, ssh, waitForSsh, type SshTarget } from "../../lab/hosts";
import { LAB_FOLDER_VARIABLE, openLab } from "../../lab/identity";
import { operatorKey } from "../../lab/keys";
import { createProgress } from "../../lab/progress";
import {
  judge,
  parseDocument,
  parseReport,
  probeArguments,
  probeCommand,
  probeScript,
  type ProbeDocument,
  type ProbeReport,
} from "../../probe";
import { expectSchema } from "../probe/support/report-schema";

/** A host with one service of every kind: systemd, cloud-init and sshd are the real ones. */
const DECLARATION: BacklogDeclaration = {
  services: [
    { name: "nginx", backlog: 4096 },
    { name: "redis", backlog: 511 },
    { name: "lazy", port: 7777, backlog: 2000, unit: "lazy.socket" },
    { name: "alone", port: 8888, backlog: 2000, unit: "alone.service" },
    { name: "journal", path: "/run/systemd/journal/stdout", backlog: 4096 },
  ],
};
const PYTHON = (backlog: number) =>
  `python3 -c 'import socket,time;s=socket.socket();s.bind(("0.0.0.0",8888));s.listen(${backlog});time.sleep(9999)'`;
const USER_DATA = `#!/bin/sh
cat >/etc/systemd/system/lazy.socket <<'END'
[Socket]
ListenStream=7777
Backlog=300
END
printf '[Service]\\nExecStart=/bin/sleep 1000\\n' >/etc/systemd/system/lazy.service
cat >/usr/local/bin/alone <<'END'
#!/bin/sh
exec ${PYTHON(2000)}
END
chmod +x /usr/local/bin/alone
printf '[Service]\\nPrivateNetwork=yes\\nLimitNOFILE=1000\\nExecStart=/usr/local/bin/alone\\n' >/etc/systemd/system/alone.service
cp -L /usr/bin/python3 /usr/local/bin/docker-proxy
cat >/usr/local/bin/publish <<'END'
#!/bin/sh
docker-proxy -c 'import socket,time;s=socket.socket();s.bind(("0.0.0.0",9001));s.listen(4096);time.sleep(9999)' &
wait
END
chmod +x /usr/local/bin/publish
printf '[Service]\\nExecStart=/usr/local/bin/publish\\n' >/etc/systemd/system/engine.service
systemctl daemon-reload
systemctl start lazy.socket alone.service engine.service
systemctl enable --now nginx redis-server
`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-probe-host-"));
const lab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "lab") });
const hosts = new Hosts(lab);
const declaration = resolveDeclaration(DECLARATION);
let target: SshTarget;

beforeAll(async () => {
  await ensureHostsReady(lab, createProgress(process.stderr));
  const hostKey = generateHostKey();
  const { address } = await hosts.create({
    instanceId: "i-00000000000000001",
    hostname: "web",
    userData: Buffer.from(
      composeUserData(USER_DATA, { settings: declaration.settings, relisten: [], hostKey }),
    ),
    publicKeys: [operatorKey(lab).publicKey],
  });
  target = { address, hostKey: hostKey.publicKey, identityFile: operatorKey(lab).file };
  await waitForSsh(target, 60_000);
});
afterAll(async () => {
  await hosts.destroyAll();
  fs.rmSync(folder, { recursive: true });
});

/** Probes the host as `admin`, or as root by way of sudo. */
async function look(prefix: "" | "sudo -n "): Promise<ProbeReport> {
  const args = probeArguments(declaration, { host: "web", mode: "exact", waitSeconds: 60, settleSeconds: 5 });
  const command = prefix + probeCommand(args);
  const { code, stdout } = await ssh({ ...target, command, input: probeScript(), timeout: 120_000 });
  expectSchema(stdout);
  const report = parseReport(stdout);
  expect(code).toBe(report.verdict === "as-declared" ? 0 : 1);
  return report;
}

/** The same for another declaration, whatever comes of it. */
async function lookFor(other: BacklogDeclaration, prefix: "" | "sudo -n " = ""): Promise<ProbeDocument> {
  const options = { host: "web", mode: "exact", waitSeconds: 60, settleSeconds: 0 } as const;
  const command = prefix + probeCommand(probeArguments(resolveDeclaration(other), options));
  const { stdout } = await ssh({ ...target, command, input: probeScript(), timeout: 120_000 });
  expectSchema(stdout);
  return parseDocument(stdout);
}

const BY_DEFAULT = "511 is what this software asks for by itself: its configuration names no backlog.";
// How long after its start our file is written depends on how busy this machine is.
const AT_ANY_TIME = expect.stringContaining(BY_DEFAULT) as string;
const HELD_BY_SYSTEMD = /^systemd listens for it: its socket unit was started .*, or has Backlog=300\./;

describe("a real host", () => {
  it("is judged by root in every place, with who holds each socket", async () => {
    const report = await look("sudo -n ");
    expect(report).toMatchObject({ uid: 0, container: "systemd-nspawn", cloudInit: "done", unseen: [] });
    expect(report.os?.id).toBe("debian");
    expect(report.findings).toMatchObject([
      { subject: "nginx on 0.0.0.0:80", got: "511", cause: AT_ANY_TIME },
      { subject: "nginx on [::]:80", got: "511", cause: AT_ANY_TIME },
      { subject: "lazy on *:7777", got: "300", cause: expect.stringMatching(HELD_BY_SYSTEMD) as string },
    ]);
    const [nginx, redis, lazy, alone, journal] = report.services;
    expect(nginx?.sockets[0]).toMatchObject({ process: "nginx", unit: "nginx.service" });
    expect(redis?.sockets[0]).toMatchObject({ process: "redis-server", unit: "redis-server.service" });
    expect(lazy?.sockets[0]).toMatchObject({ process: "systemd", pid: 1, unit: "init.scope" });
    const [, own] = report.namespaces ?? [];
    expect(alone?.sockets).toMatchObject([
      { process: "python3", unit: "alone.service", openFiles: 1000, sendQ: 2000, namespace: own?.namespace },
    ]);
    expect(own?.somaxconn).toBe(4096);
    // It is the declared unit, wherever it lives.
    expect(report.notes).toEqual([]);
    expect(journal).toMatchObject({ port: null, holds: true });
    const further = judge(declaration, report).findings.slice(report.findings.length);
    expect(further.map(({ rule, subject, got }) => [rule, subject, got])).toContainEqual([
      "open-files-cover-queue",
      "alone",
      "1000",
    ]);
  });

  it("is judged by a user without privileges as far as that goes, and the report says how far", async () => {
    const report = await look("");
    expect(report.uid).toBeGreaterThan(0);
    expect(report.findings.map(({ subject }) => subject)).toEqual([
      "nginx on 0.0.0.0:80",
      "nginx on [::]:80",
      "lazy on *:7777",
      "alone on port 8888",
    ]);
    expect(report.findings[2]?.cause).toMatch(HELD_BY_SYSTEMD);
    expect(report.findings[3]?.cause).toContain("Or it is in a container, where only root can look.");
    // Everybody may know the unit of a socket, and the processes of a unit.
    expect(report.services[0]?.sockets[0]).toMatchObject({ process: "nginx", unit: "nginx.service" });
    expect(report.unseen).toContain(
      "which processes hold 4 sockets: this user is not root, so those of the unit are shown",
    );
  });

  it("is as declared for a user without privileges where a container engine forwards other ports", async () => {
    const settings = { somaxconn: 4096 };
    const nginx = await lookFor({ services: [{ name: "nginx", backlog: 511 }], settings });
    expect(nginx).toMatchObject({
      verdict: "as-declared",
      services: [{ sockets: [{ process: "nginx" }, {}] }],
    });
    const published = { services: [{ name: "web", port: 9001, backlog: 4096 }], settings };
    expect(await lookFor(published)).toMatchObject({
      verdict: "unknown",
      reason:
        "who listens on port 9001 is hidden from this user, and may be a forwarder of a container engine, which runs here; look as root",
    });
    expect(await lookFor(published, "sudo -n ")).toMatchObject({
      verdict: "unknown",
      reason:
        "docker-proxy only forwards port 9001, and no container was found that listens on it: declare the service as it is inside, and look there",
    });
  });

  it("is told apart by when a service started: before the file was written, or after it", async () => {
    for (const [age, listeningSince, cause] of [
      ["+1 hour", "before-change", `It has listened since before the change, and ${BY_DEFAULT}`],
      ["-1 hour", "after-change", BY_DEFAULT],
    ]) {
      const command = `sudo -n touch -d '${age}' /etc/sysctl.d/99-zz-listen-backlog.conf`;
      expect(await ssh({ ...target, command })).toMatchObject({ code: 0 });
      for (const prefix of ["sudo -n ", ""] as const) {
        const { findings, services } = await look(prefix);
        expect(services[0]?.sockets[0]?.listeningSince).toBe(listeningSince);
        expect(findings[0]).toMatchObject({
          cause,
          fix: 'write "listen 80 backlog=4096;" in its configuration, then sudo systemctl restart nginx.service',
        });
      }
    }
  });
});
