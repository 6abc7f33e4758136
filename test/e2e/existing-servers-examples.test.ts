import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExampleProject } from "./support/example-project";
import { ExistingHosts, nginxSite, type ExistingHost } from "./support/existing-host";

let all: ExistingHosts;
let hosts: ExistingHost[];
let servers: ExampleProject;
let bastion: ExampleProject;

beforeAll(async () => {
  all = await ExistingHosts.open();
  const options = {
    files: nginxSite(8192),
    commands: [
      "sed -i 's/^tcp-backlog .*/tcp-backlog 8192/' /etc/redis/redis.conf",
      "systemctl start nginx redis-server",
    ],
  };
  hosts = await Promise.all([all.host("web-1", options), all.host("web-2", options)]);
  servers = await ExampleProject.open(all.lab, "existing-servers");
  bastion = await ExampleProject.open(all.lab, "bastion");
});
afterAll(async () => {
  // First the hosts, which must not stay also where a project could not be opened.
  await all.close();
  servers.remove();
  bastion.remove();
});

describe("examples/existing-servers", () => {
  it("tunes every server of the list, finds drift, and repairs it where that is asked for", async () => {
    await servers.configure({ sshPrivateKey: all.key.privateKey }, "secret");
    for (const [at, host] of hosts.entries()) {
      const server = { name: `web-${at + 1}`, host: host.address, hostKey: host.hostKey };
      await servers.configure(
        Object.fromEntries(
          Object.entries(server).map(([field, value]) => [`servers[${at}].${field}`, value]),
        ),
      );
    }
    await servers.pulumi("up", "--yes", "--skip-preview");
    const effective = { nginx: 8192, redis: 8192 };
    expect(await servers.outputs()).toMatchObject({ effective: [effective, effective] });
    for (const host of hosts) {
      expect([...(await host.effective(80)), ...(await host.effective(6379))]).toEqual([8192, 8192, 8192]);
    }

    await hosts[1]?.sh("sysctl -q -w net.core.somaxconn=600; systemctl restart nginx");
    const found = await servers.run("up", "--yes", "--skip-preview");
    expect(found.code).not.toBe(0);
    expect(found.output).toContain("FINDING on web-2: net.core.somaxconn (live)");
    expect(found.output).toContain("FINDING on web-2: nginx on 0.0.0.0:80");
    expect(found.output).not.toContain("FINDING on web-1");

    await servers.configure({ repair: "true" });
    await servers.pulumi("up", "--yes", "--skip-preview");
    expect(await servers.outputs()).toMatchObject({
      steps: [
        [],
        [
          "set net.core.somaxconn from 600 to 8192",
          "restart of nginx.service: nginx on port 80 had 600, has 8192",
        ],
      ],
    });
    await servers.pulumi("destroy", "--yes", "--skip-preview");
    expect(await Promise.all(hosts.map((host) => host.somaxconn()))).toEqual(["8192", "8192"]);
  });
});

describe("examples/bastion", () => {
  it("looks at a server through another one", async () => {
    const [inner, outer] = hosts;
    await bastion.configure({ sshPrivateKey: all.key.privateKey }, "secret");
    await bastion.configure({
      host: inner?.address ?? "",
      hostKey: inner?.hostKey ?? "",
      bastion: outer?.address ?? "",
      bastionHostKey: outer?.hostKey ?? "",
    });
    await bastion.pulumi("up", "--yes", "--skip-preview");
    // As declared; what goes well now and not under load is said all the same.
    expect(await bastion.outputs()).toEqual({
      verdict: "as-declared",
      findings: [
        expect.objectContaining({
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "nginx",
          wanted: "8193 open files or more",
          got: "1024",
        }),
      ],
    });

    await inner?.sh("sysctl -q -w net.core.somaxconn=600; systemctl restart nginx");
    const found = await bastion.run("up", "--yes", "--skip-preview");
    expect(found.code).not.toBe(0);
    expect(found.output).toContain("FINDING on web: nginx on 0.0.0.0:80");
    await bastion.configure({ warnOnly: "true" });
    await bastion.pulumi("up", "--yes", "--skip-preview");
    expect(await bastion.outputs()).toMatchObject({
      verdict: "not-as-declared",
      findings: expect.arrayContaining([
        expect.objectContaining({ subject: "nginx on 0.0.0.0:80", wanted: "8192", got: "600" }),
      ]) as unknown,
    });
    await bastion.pulumi("destroy", "--yes", "--skip-preview");
  });
});
