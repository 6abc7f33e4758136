import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FaultLab, type FaultHost } from "../support/fault-lab";
import { LISTENER, LISTENER_FILE, listenerUnit, NGINX_SITE, nginxListening } from "../support/fault-services";

// One host, whose services are harmed and put right again. Before each test nginx asks for 8192 and got 4096.

let lab: FaultLab;
let web: FaultHost;

beforeAll(async () => {
  lab = await FaultLab.open();
  web = await lab.host("web", {
    files: { [NGINX_SITE]: nginxListening("80 backlog=8192"), [LISTENER_FILE]: LISTENER },
    commands: ["systemctl start nginx redis-server"],
  });
  await web.remember();
});
afterAll(() => lab.close());
beforeEach(() => web.restore());

const nginx = { name: "nginx", backlog: 8192 };
const restarted = { ...nginx, relisten: "restart" as const };
const app = { name: "app", port: 9000, backlog: 8192, unit: "app.service" };

/** Settings that are right, so that only listeners can be wrong. */
async function raiseSomaxconn(): Promise<void> {
  expect(
    await web.tune({ services: [{ name: "redis", backlog: 511 }], settings: { somaxconn: 8192 } }),
  ).toMatchObject({
    verdict: "changed",
    steps: ["wrote /etc/sysctl.d/99-zz-listen-backlog.conf", "set net.core.somaxconn from 4096 to 8192"],
  });
}

/** Starts listeners; each is the name of a unit and its lines. */
async function start(units: Readonly<Record<string, string>>, ...first: string[]): Promise<void> {
  for (const [name, text] of Object.entries(units)) {
    await web.write(`/etc/systemd/system/${name}`, text);
  }
  const names = first.length > 0 ? first : Object.keys(units);
  await web.sh(`systemctl daemon-reload && systemctl restart ${names.join(" ")}`);
}

async function stop(...units: string[]): Promise<void> {
  await web.sh(`systemctl stop ${units.join(" ")}`);
}

describe("a socket that was opened before the change", () => {
  it("keeps its old limit: that is found, with who it is and why, and a re-listen heals it", async () => {
    // Times are known to the second.
    await web.sh("sleep 2.1");
    await raiseSomaxconn();
    const stale = await web.look({ services: [nginx, { name: "redis", backlog: 511 }] });
    expect(stale).toMatchObject({
      code: 1,
      line: "not as declared: web: nginx on 0.0.0.0:80: wanted 8192, got 4096",
      errors: [
        {
          rule: "effective-backlog",
          subject: "nginx on 0.0.0.0:80",
          wanted: "8192",
          got: "4096",
          cause: expect.stringMatching(
            /since before the change.*nginx.*99-zz-listen-backlog\.conf/,
          ) as unknown,
          fix: expect.stringContaining("sudo systemctl restart nginx.service") as unknown,
        },
      ],
    });
    expect(stale.report.services.map(({ holds }) => holds)).toEqual([false, true]);
    // Who is not root is told what to do as well.
    expect((await web.look({ services: [nginx], user: "admin" })).errors).toMatchObject([
      {
        subject: "nginx on 0.0.0.0:80",
        got: "4096",
        cause: expect.stringContaining("listened since before") as unknown,
        fix: expect.stringContaining("sudo systemctl restart nginx.service") as unknown,
      },
    ]);

    expect((await web.tune({ services: [restarted] })).steps).toEqual([
      "restart of nginx.service: nginx on port 80 had 4096, has 8192",
    ]);
    expect(await web.look({ services: [nginx] })).toMatchObject({ code: 0, errors: [] });
  });

  it("is no better after a reload, which opens no socket: that is found, too", async () => {
    await raiseSomaxconn();
    const reloaded = await web.tune({ services: [{ ...nginx, relisten: "reload" }] });
    expect(reloaded.steps).toEqual(["reload of nginx.service: nginx on port 80 had 4096, has 4096"]);
    expect((await web.look({ services: [nginx] })).errors).toMatchObject([{ got: "4096" }]);
    expect((await web.tune({ services: [restarted] })).verdict).toBe("changed");
    expect(await web.look({ services: [nginx] })).toMatchObject({ code: 0, errors: [] });
  });
});

describe("a raised somaxconn below an nginx that asks for its own 511", () => {
  it("changes nothing, and the line that is missing is named", async () => {
    await web.write(NGINX_SITE, nginxListening("80"));
    await web.sh("systemctl restart nginx");
    expect((await web.tune({ services: [restarted] })).steps).toContain(
      "restart of nginx.service: nginx on port 80 had 511, has 511",
    );
    const { code, errors } = await web.look({ services: [nginx] });
    expect({ code, errors }).toMatchObject({
      code: 1,
      errors: [
        {
          rule: "effective-backlog",
          subject: "nginx on 0.0.0.0:80",
          wanted: "8192",
          got: "511",
          cause: expect.stringContaining("511 is what this software asks for by itself") as unknown,
          fix: expect.stringMatching(
            /listen 80 backlog=8192;.*sudo systemctl restart nginx\.service/,
          ) as unknown,
        },
      ],
    });

    await web.write(NGINX_SITE, nginxListening("80 backlog=8192"));
    expect((await web.tune({ services: [restarted] })).steps).toEqual([
      "restart of nginx.service: nginx on port 80 had 511, has 8192",
    ]);
    expect(await web.look({ services: [nginx] })).toMatchObject({ code: 0, errors: [] });
  });
});

describe("a service that is not where it was declared", () => {
  it("is down: that is found, and it is not started by what only tunes", async () => {
    await raiseSomaxconn();
    await stop("nginx");
    expect((await web.tune({ services: [restarted] })).steps).toEqual([
      "left nginx.service alone: it is inactive",
    ]);
    expect((await web.look({ services: [nginx] })).errors).toMatchObject([
      {
        rule: "effective-backlog",
        subject: "nginx on port 80",
        wanted: "8192",
        got: "no listening socket",
        cause: expect.stringContaining("the service is down") as unknown,
        fix: "systemctl status nginx.service",
      },
    ]);
    await web.sh("systemctl start nginx");
    expect(await web.look({ services: [nginx] })).toMatchObject({ code: 0, errors: [] });
  });

  it("listens on another port: that is found, and tuning says that it did not come back on the declared one", async () => {
    await raiseSomaxconn();
    await web.write(NGINX_SITE, nginxListening("8080 backlog=8192"));
    await web.sh("systemctl restart nginx");
    const { verdict, reason } = await web.tune({ services: [restarted] });
    expect(verdict).toBe("failed");
    expect(reason).toMatch(/nginx did not come back .* nothing listens on port 80; .*systemctl status nginx/);
    expect((await web.look({ services: [nginx] })).errors).toMatchObject([
      {
        subject: "nginx on port 80",
        got: "no listening socket",
        cause: expect.stringContaining("uses another port") as unknown,
      },
    ]);
    expect(await web.look({ services: [{ ...nginx, port: 8080 }] })).toMatchObject({ code: 0, errors: [] });
  });
});

describe("several sockets on one port", () => {
  it("of two processes: the wrong one is found, and the unit that it belongs to", async () => {
    await raiseSomaxconn();
    await start({ "app.service": listenerUnit("9000 8192"), "other.service": listenerUnit("9000 100") });
    const { errors, report } = await web.look({ services: [app] });
    expect(errors).toMatchObject([
      {
        subject: "app on 0.0.0.0:9000",
        wanted: "8192",
        got: "100",
        cause: expect.stringMatching(/its configuration asks for 100\..* held by python3 \(\d+\)/) as unknown,
        fix: expect.stringContaining("other.service") as unknown,
      },
    ]);
    expect(report.services[0]?.sockets.map(({ sendQ, unit }) => [sendQ, unit])).toEqual([
      [100, "other.service"],
      [8192, "app.service"],
    ]);
    await stop("other");
    expect(await web.look({ services: [app] })).toMatchObject({ code: 0, errors: [] });
  });

  it("of one process: one wrong socket among several makes the service wrong", async () => {
    await raiseSomaxconn();
    await start({ "app.service": listenerUnit("9000 8192 100 8192") });
    const { errors, report } = await web.look({ services: [app] });
    expect(errors).toMatchObject([{ subject: "app on 0.0.0.0:9000", wanted: "8192", got: "100" }]);
    expect(report.services[0]?.sockets.map(({ sendQ }) => sendQ)).toEqual([100, 8192, 8192]);
    await start({ "app.service": listenerUnit("9000 8192 8192 8192") });
    expect(await web.look({ services: [app] })).toMatchObject({ code: 0, errors: [] });
  });

  it("of an nginx with `reuseport`: every worker's is judged, one finding says how many, and a restart heals all", async () => {
    await web.write(NGINX_SITE, nginxListening("80 backlog=8192 reuseport"));
    await web.sh(
      "sed -i 's/^worker_processes.*/worker_processes 2;/' /etc/nginx/nginx.conf && systemctl restart nginx",
    );
    await raiseSomaxconn();
    expect((await web.look({ services: [nginx] })).errors).toMatchObject([
      { subject: "nginx on 0.0.0.0:80 (2 sockets)", wanted: "8192", got: "4096" },
    ]);
    expect((await web.tune({ services: [restarted] })).steps).toEqual([
      "restart of nginx.service: nginx on port 80 had 4096 4096, has 8192 8192",
    ]);
    const healed = await web.look({ services: [nginx] });
    expect(healed).toMatchObject({ code: 0, errors: [] });
    expect(healed.report.services[0]?.sockets.map(({ sendQ }) => sendQ)).toEqual([8192, 8192]);
  });
});

describe("a service in a network namespace of its own", () => {
  it("has a somaxconn of its own, which the host's does not reach: that is found inside", async () => {
    await raiseSomaxconn();
    await start({ "app.service": listenerUnit("9000 65535", ["PrivateNetwork=yes"]) });
    const { errors, report } = await web.look({ services: [app] });
    expect(errors).toMatchObject([
      {
        rule: "effective-backlog",
        subject: expect.stringMatching(
          /^app on 0\.0\.0\.0:9000 in network namespace \d+ \(python3, process \d+\)$/,
        ) as unknown,
        wanted: "8192",
        got: "4096",
        cause: expect.stringMatching(
          /net\.core\.somaxconn of its own, which is 4096: the one of the host does not reach it/,
        ) as unknown,
        fix: expect.stringMatching(/set that inside it and restart the service there/) as unknown,
      },
    ]);
    expect(report.namespaces).toMatchObject([{ namespace: "host", somaxconn: 8192 }, { somaxconn: 4096 }]);
    // Who is not root cannot look into it, and says so instead of guessing.
    const limited = await web.look({ services: [app], user: "admin" });
    expect(limited.errors).toMatchObject([
      { got: "no listening socket", cause: expect.stringContaining("only root can look") as unknown },
    ]);
    expect(limited.report.unseen.join()).toContain("this user is not root");

    const inside = "ExecStartPre=/bin/sh -c 'echo 8192 >/proc/sys/net/core/somaxconn'";
    await start({ "app.service": listenerUnit("9000 65535", ["PrivateNetwork=yes", inside]) });
    expect(await web.look({ services: [app] })).toMatchObject({ code: 0, errors: [] });
  });
});

describe("a socket that systemd listens on", () => {
  const unit = "app.socket";
  const socket = "[Socket]\nListenStream=0.0.0.0:9000\nBacklog=8192\n";

  it("keeps its limit over every restart of the service: the socket unit is named, and its restart heals", async () => {
    await start({ [unit]: socket, "app.service": listenerUnit("") });
    await raiseSomaxconn();
    await web.sh("systemctl restart app.service");
    const systemd = {
      subject: "app on 0.0.0.0:9000",
      wanted: "8192",
      got: "4096",
      cause: expect.stringMatching(
        /systemd listens for it.*A restart of the service alone keeps the socket\./,
      ) as unknown,
      fix: expect.stringMatching(/"Backlog=8192".*\[Socket\].*restart the socket unit/) as unknown,
    };
    expect((await web.look({ services: [app] })).errors).toMatchObject([systemd]);
    expect((await web.look({ services: [app], user: "admin" })).errors).toMatchObject([systemd]);

    // The service is the wrong one to restart, and that this did not help is said.
    expect((await web.tune({ services: [{ ...app, relisten: "restart" }] })).steps).toEqual([
      "restart of app.service: app on port 9000 had 4096, has 4096",
    ]);
    expect((await web.tune({ services: [{ ...app, unit, relisten: "restart" }] })).steps).toEqual([
      "restart of app.socket: app on port 9000 had 4096, has 8192",
    ]);
    expect(await web.look({ services: [{ ...app, unit }] })).toMatchObject({ code: 0, errors: [] });
    expect(await web.sh("systemctl is-active app.socket app.service")).toBe("active\nactive");
  });

  it("with a Backlog= that is too small: no restart helps, and the line is named", async () => {
    await raiseSomaxconn();
    await start({ [unit]: socket.replace("8192", "100"), "app.service": listenerUnit("") });
    expect((await web.tune({ services: [{ ...app, unit, relisten: "restart" }] })).steps).toEqual([
      "restart of app.socket: app on port 9000 had 100, has 100",
    ]);
    expect((await web.look({ services: [{ ...app, unit }] })).errors).toMatchObject([
      {
        got: "100",
        cause: expect.stringContaining("Backlog=100") as unknown,
        fix: expect.stringContaining('"Backlog=8192"') as unknown,
      },
    ]);
    await web.write(`/etc/systemd/system/${unit}`, socket);
    await web.sh("systemctl daemon-reload");
    expect((await web.tune({ services: [{ ...app, unit, relisten: "restart" }] })).verdict).toBe("changed");
    expect(await web.look({ services: [{ ...app, unit }] })).toMatchObject({ code: 0, errors: [] });
  });
});
