import { describe, expect, it } from "vitest";
import { resolveDeclaration, type BacklogDeclaration } from "../../backlog";
import { policyView } from "../../components/policy-view";
import { SECRET, secretive } from "../cloudinit/read/support/secrets";
import { said } from "../policies/support/analyzer";

const declaration: BacklogDeclaration = {
  services: [
    { name: "nginx", backlog: 4096, relisten: "restart" },
    { name: "api", port: 8000, backlog: 1024 },
  ],
  settings: { tcpSyncookies: 1 },
};
const resolved = resolveDeclaration(declaration);

const cloudConfig = (...files: readonly (readonly [path: string, content: string])[]) =>
  `#cloud-config\npassword: hunter2\nwrite_files:\n${files
    .map(([path, content]) => `  - path: ${path}\n    content: ${JSON.stringify(content)}\n`)
    .join("")}`;

/** What the policies say of a component that shows this. */
const judged = (view: object) =>
  said({ type: "listen-backlog:index:TunedServer", props: view as Record<string, unknown> });

describe("what a component shows to policies", () => {
  it("is the declaration with every default, and nothing else where there is no plain user data", () => {
    const view = {
      services: [
        {
          name: "nginx",
          software: "nginx",
          port: 80,
          backlog: 4096,
          unit: "nginx.service",
          relisten: "restart",
        },
        { name: "api", software: undefined, port: 8000, backlog: 1024, unit: undefined, relisten: "none" },
      ],
      settings: { somaxconn: 4096 },
      sysctl: { "net.core.somaxconn": "4096", "net.ipv4.tcp_syncookies": "1" },
      userData: undefined,
    };
    expect(policyView(resolved)).toEqual(view);
    expect(policyView(resolved, Promise.resolve("#cloud-config\n"))).toEqual(view);
    expect(policyView(resolved, "no user data at all")).toEqual(view);
  });

  it("is content with itself", async () => {
    expect(await judged(policyView(resolved))).toEqual([]);
    expect(await judged(policyView(resolved, "#!/bin/sh\ntrue\n"))).toEqual([]);
  });

  it("has the backlogs of application configuration in the user's own user data", async () => {
    const own = cloudConfig(["/etc/nginx/nginx.conf", "listen 80 backlog=8192;\n"]);
    const view = policyView(resolved, own);
    expect(view.userData).toEqual({
      backlogs: [{ software: "nginx", backlog: 8192, port: 80, where: "/etc/nginx/nginx.conf" }],
      conflicts: [],
      live: { "net.core.somaxconn": "4096", "net.ipv4.tcp_syncookies": "1" },
      persisted: { "net.core.somaxconn": "4096", "net.ipv4.tcp_syncookies": "1" },
    });
    expect(await judged(view)).toEqual([
      "somaxconn-covers-backlog: web: nginx in /etc/nginx/nginx.conf: wanted net.core.somaxconn >= 8192, got 4096. " +
        "Cause: listen() silently cuts the declared backlog 8192 of nginx in /etc/nginx/nginx.conf to 4096. " +
        "Fix: set settings.somaxconn: 8192",
    ]);
  });

  it("has the lines that lose, and those that win", async () => {
    const lower = cloudConfig(["/etc/sysctl.d/10-a.conf", "net.core.somaxconn = 128\n"]);
    expect(await judged(policyView(resolved, lower))).toEqual([]);

    const higher = cloudConfig(["/etc/sysctl.d/10-a.conf", "net.core.somaxconn = 65535\n"]);
    expect(await judged(policyView(resolved, higher))).toEqual([
      expect.stringMatching(
        /^sysctl-files-agree: web: net\.core\.somaxconn: wanted 65535, as \/etc\/sysctl\.d\/10-a\.conf says, got 4096 from \/etc\/sysctl\.d\/99-zz-listen-backlog\.conf\. /,
      ),
    ]);

    const last = cloudConfig(["/etc/sysctl.d/zzz.conf", "net.core.somaxconn = 128\n"]);
    expect(policyView(resolved, last).userData?.conflicts).toContainEqual({
      why: "loses-at-boot",
      key: "net.core.somaxconn",
      value: "4096",
      where: "/etc/sysctl.d/99-zz-listen-backlog.conf",
      by: "/etc/sysctl.d/zzz.conf",
      byValue: "128",
    });
    expect(policyView(resolved, last).userData).toMatchObject({
      live: { "net.core.somaxconn": "4096" },
      persisted: { "net.core.somaxconn": "128" },
    });
    expect((await judged(policyView(resolved, last))).map((line) => line.split(":")[0])).toEqual([
      "sysctl-files-agree",
    ]);
  });

  it("has nothing of what users keep to themselves, whatever their user data does with it", () => {
    let state = 1;
    const next = () => (state = (state * 48271) % 2147483647);
    const views = Array.from({ length: 300 }, () => policyView(resolved, secretive(next)));
    expect(views.filter(({ userData }) => userData !== undefined).length).toBeGreaterThan(100);
    expect(JSON.stringify(views)).not.toContain(SECRET);
  });

  it("sees what is compressed later, and keeps nothing of the text", () => {
    const own = cloudConfig(
      ["/etc/nginx/nginx.conf", "listen 80 backlog=8192;\n"],
      ["/opt/large", "x".repeat(20_000)],
    );
    const view = policyView(resolved, own);
    expect(view.userData?.backlogs).toHaveLength(1);
    expect(JSON.stringify(view)).not.toMatch(/hunter2|xxx/);
  });
});
