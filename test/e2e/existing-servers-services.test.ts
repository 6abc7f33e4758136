import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyArguments, applyScript, parseApplyReport } from "../../apply";
import { resolveDeclaration, type ServiceDeclaration } from "../../backlog";
import { ssh } from "../../lab/hosts";
import { probeCommand } from "../../probe";
import { LISTENER, LISTENER_FILE, listenerUnit } from "./support/fault-services";
import { ExistingHosts, nginxSite, type ExistingHost } from "./support/existing-host";

// What tuning does to services, on a host with a real systemd: the script and the arguments of the component, without the engine.

let all: ExistingHosts;
let web: ExistingHost;

beforeAll(async () => {
  all = await ExistingHosts.open();
  web = await all.host("web", {
    files: { ...nginxSite(8192), [LISTENER_FILE]: LISTENER },
    commands: ["systemctl start nginx"],
  });
});
afterAll(() => all.close());
beforeEach(async () => {
  await web.sh("rm -f /etc/sysctl.d/*listen-backlog*; sysctl -q -w net.core.somaxconn=1024");
});

const NGINX: ServiceDeclaration = { name: "nginx", backlog: 8192, relisten: "restart" };
const APP: ServiceDeclaration = {
  name: "app",
  port: 9000,
  backlog: 8192,
  unit: "app.service",
  relisten: "restart",
};

async function tune(services: readonly ServiceDeclaration[], settleSeconds = 20) {
  const resolved = resolveDeclaration({ services });
  const args = applyArguments(resolved, {
    host: "web",
    mode: "at-least",
    fileName: "99-zz-listen-backlog.conf",
    waitSeconds: 0,
    settleSeconds,
  });
  const { code, stdout } = await ssh({
    ...web.target,
    command: ["sudo", ...probeCommand(args).split(" ")],
    input: applyScript(),
  });
  return { code, ...parseApplyReport(stdout) };
}

/** Writes units, and starts the first. */
async function start(units: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(units)) {
    await web.sh(`cat >/etc/systemd/system/${name} <<'END'\n${text}\nEND`);
  }
  await web.sh(`systemctl daemon-reload; systemctl restart ${Object.keys(units)[0] ?? ""}`);
}

describe("a service with a network namespace of its own", () => {
  it("is left alone: a restart would not help, and the host's settings do not reach it", async () => {
    await start({ "app.service": listenerUnit("9000 65535", ["PrivateNetwork=yes"]) });
    const started = await web.started("app.service");
    expect(await tune([APP])).toMatchObject({
      code: 0,
      steps: [
        "left app.service alone: it has a network namespace of its own, which the settings of this host do not reach; set them in there",
        expect.stringContaining("wrote "),
        "set net.core.somaxconn from 1024 to 8192",
      ],
    });
    expect(await web.started("app.service")).toBe(started);
    await web.sh("systemctl stop app.service");
  });

  it("is left alone where its unit does not say so, and only the process shows it", async () => {
    await start({
      "app.service": listenerUnit("9000 65535").replace("ExecStart=", "ExecStart=/usr/bin/unshare --net "),
    });
    const started = await web.started("app.service");
    expect((await tune([APP])).steps).toContainEqual(
      expect.stringMatching(/^left app\.service alone: it has a/),
    );
    expect(await web.started("app.service")).toBe(started);
    await web.sh("systemctl stop app.service");
  });
});

describe("a service that was started too often", () => {
  it("is waited for, because systemd refuses to start it for a while", async () => {
    await web.sh("systemctl reset-failed nginx; for i in 1 2 3 4 5; do systemctl restart nginx; done");
    expect((await web.run("systemctl restart nginx")).stderr).toContain("attempted too often");
    // As it is found where somebody else's restarts came before ours.
    await web.sh("systemctl reset-failed nginx; for i in 1 2 3 4 5; do systemctl restart nginx; done");
    expect(await tune([NGINX])).toMatchObject({
      code: 0,
      verdict: "changed",
      steps: [
        expect.stringContaining("wrote "),
        "set net.core.somaxconn from 1024 to 8192",
        "restart of nginx.service: nginx on port 80 had 1024, has 8192",
      ],
    });
  });

  it("is given up where that takes too long, with the commands that help", async () => {
    await start({
      "app.service": `${listenerUnit("9000 65535")}\n[Unit]\nStartLimitIntervalSec=1000\nStartLimitBurst=2`,
    });
    await web.sh("systemctl restart app.service");
    const { code, reason } = await tune([APP], 4);
    expect(code).toBe(1);
    expect(reason).toContain(
      "app did not come back after restart of app.service: systemd started it too often in too short a time and refuses to start it again for now: systemctl reset-failed app.service && systemctl start app.service",
    );
    await web.sh("systemctl reset-failed app.service; systemctl stop app.service");
  });
});

describe("a Unix socket", () => {
  const service: ServiceDeclaration = {
    name: "app",
    path: "/run/app.sock",
    backlog: 8192,
    unit: "app.socket",
    relisten: "restart",
  };

  it("is judged by its own backlog, whatever another socket has in its name", async () => {
    await web.sh("sysctl -q -w net.core.somaxconn=8192");
    await start({
      "app.socket": "[Socket]\nListenStream=/run/app.sock\nBacklog=8192",
      "app.service": "[Service]\nExecStart=/bin/sleep 1000000",
      "liar.service":
        "[Service]\nExecStart=/usr/bin/python3 -c \"import socket,time; s=socket.socket(socket.AF_UNIX); s.bind('\\\\0x\\\\nu_str LISTEN 0 5 /run/app.sock 1 * 0'); s.listen(5); time.sleep(1000000)\"",
    });
    await web.sh(
      "systemctl restart liar.service; until ss -lxn | grep -q '^u_str LISTEN 0 5 /run/app.sock'; do sleep 0.1; done",
    );
    const listens = await web.sh("systemctl show -p ActiveEnterTimestampMonotonic --value app.socket");
    expect((await tune([service])).steps).toEqual([expect.stringContaining("wrote ")]);
    expect(await web.sh("systemctl show -p ActiveEnterTimestampMonotonic --value app.socket")).toBe(listens);
    await web.sh("systemctl stop liar.service app.socket");
  });

  it("is opened again although its service cannot be stopped in order, and what was wrong is said", async () => {
    await start({
      "app.socket": "[Socket]\nListenStream=/run/app.sock\nBacklog=8192",
      "app.service": "[Unit]\nRefuseManualStop=yes\n[Service]\nExecStart=/bin/sleep 1000000",
    });
    await web.sh("systemctl start app.service");
    const { code, reason } = await tune([service]);
    expect(code).toBe(1);
    expect(reason).toContain("systemctl stop app.service failed: ");
    await web.sh(
      "systemctl kill app.service; sleep 0.2; systemctl start app.socket; systemctl stop app.socket",
    );
  });
});
