import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgress } from "../../../lab/progress";
import { FaultLab, type FaultHost } from "../support/fault-lab";
import { NGINX_SITE, nginxListening } from "../support/fault-services";
import { ensureTestPackages } from "../support/packages";
import { hostsCloudInit, suiteCloudInit } from "../support/user-data/cloud-init-versions";

// One host, whose first boot waits for a file and then fails. The tests follow it in order.

const GATE = "/run/gate";
const services = [{ name: "nginx", backlog: 8192 }];
const tuning = { services: [{ name: "nginx", backlog: 8192, relisten: "restart" as const }] };
let lab: FaultLab;
let web: FaultHost;

beforeAll(async () => {
  await ensureTestPackages(createProgress());
  lab = await FaultLab.open();
  web = await lab.host("web", {
    booted: false,
    files: { [NGINX_SITE]: nginxListening("80 backlog=8192") },
    commands: ["systemctl start nginx", `until [ -e ${GATE} ]; do sleep 0.1; done`, "exit 3"],
  });
  await web.sh("until systemctl -q is-active nginx; do sleep 0.1; done");
});
afterAll(() => lab.close());

const warning = (state: string): unknown =>
  expect.objectContaining({
    rule: "cloud-init-succeeded",
    severity: "warning",
    subject: "cloud-init",
    wanted: "done",
    got: state,
    fix: expect.stringContaining("cloud-init status --long") as unknown,
  });

describe("cloud-init", () => {
  it("still running when the wait is over: found, and nothing is tuned under it", async () => {
    const { code, report, errors } = await web.look({ services, wait: 1 });
    expect(code).toBe(1);
    expect(report.cloudInit).toBe("running");
    expect(errors).toContainEqual({
      rule: "cloud-init-finished",
      severity: "error",
      subject: "cloud-init",
      wanted: "done",
      got: "still running",
      cause: expect.stringContaining("had not finished when the wait ended") as unknown,
      fix: expect.stringMatching(/cloud-init-output\.log, or allow more time/) as unknown,
    });
    expect(await web.tune({ ...tuning, wait: 1 })).toMatchObject({
      verdict: "refused",
      steps: [],
      reason: expect.stringMatching(/cloud-init still ran after 1 seconds, .*try again later/) as unknown,
    });
    expect(await web.sh("cat /proc/sys/net/core/somaxconn")).toBe("4096");
    expect(await web.sysctlFiles()).not.toContain("99-zz-listen-backlog.conf");
  });

  it("that ends while it is waited for: tuned after it, and that it failed is only a warning", async () => {
    const tuned = web.tune({ ...tuning, wait: 60 });
    const looked = web.look({ services, wait: 60 });
    await web.sh(`touch ${GATE}`);
    expect((await tuned).verdict).toBe("changed");
    expect((await looked).report.cloudInit).toBe("error");
    const { code, errors, findings, report } = await web.look({ services });
    expect({ code, errors, state: report.cloudInit }).toEqual({ code: 0, errors: [], state: "error" });
    expect(findings).toContainEqual(warning("error"));
    // So it was: this cloud-init says so itself.
    expect(await web.sh("cloud-init status || :")).toBe("status: error");
  });

  it("degraded, as later versions have it: only a warning", async () => {
    const folder = fs.mkdtempSync(path.join(lab.all.lab.dir, "cloud-init-"));
    execFileSync("/usr/bin/python3", [
      path.join(__dirname, "../support/fault_cloud_init.py"),
      suiteCloudInit(lab.all.lab, "trixie"),
      hostsCloudInit(lab.all.lab),
      folder,
    ]);
    for (const name of ["status.json", "result.json"]) {
      await web.sh(`rm -f /run/cloud-init/${name}`);
      await web.write(`/run/cloud-init/${name}`, fs.readFileSync(path.join(folder, name), "utf8"));
    }
    const { code, errors, findings, report } = await web.look({ services });
    expect({ code, errors, state: report.cloudInit }).toEqual({ code: 0, errors: [], state: "degraded" });
    expect(findings).toContainEqual(warning("degraded"));
  });

  it.each([
    ["disabled", "touch /run/cloud-init/disabled; rm /run/cloud-init/*.json"],
    ["absent", "rm -rf /run/cloud-init"],
  ])("%s: nobody waits for it, and nothing is said", async (state, make) => {
    await web.sh(make);
    const { code, errors, findings, report } = await web.look({ services, wait: 60 });
    expect({ code, errors, state: report.cloudInit }).toEqual({ code: 0, errors: [], state });
    expect(findings.map(({ subject }) => subject)).not.toContain("cloud-init");
    expect(await web.tune({ ...tuning, wait: 60 })).toMatchObject({ verdict: "unchanged", steps: [] });
  });
});
