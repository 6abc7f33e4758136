import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacklogVerification, TunedHost, TunedServer } from "../../components";
import { ExistingHosts, nginxSite, type ExistingHost, type Program } from "./support/existing-host";

// Answers that are none, and inputs that turn out bad only once they are known: each must end `up` with a reason, and none may hang it.

let all: ExistingHosts;
let web: ExistingHost;

beforeAll(async () => {
  all = await ExistingHosts.open();
  web = await all.host("web", { files: nginxSite(4096), commands: ["systemctl start nginx"] });
  await web.sh(
    "echo net.core.somaxconn=4096 >/etc/sysctl.d/50-own.conf; useradd -m -s /home/liar/shell liar; cp -r /home/admin/.ssh /home/liar/; chown -R liar: /home/liar/.ssh",
  );
});
afterAll(() => all.close());

const SERVICES = [{ name: "nginx", backlog: 4096 }];

/** What looks at the host as the user whose shell says what it wants. */
function lied(onFailure: string, services = SERVICES): Program {
  return () => {
    const verification = new BacklogVerification("web", {
      services,
      host: web.address,
      ssh: { ...web.ssh, user: "liar" },
      onFailure,
      verify: "everyUpdate",
    });
    // Waits for the outputs, as programs do.
    new command.local.Command("after", { create: "true", triggers: [verification.verdict] });
    return { verdict: verification.verdict };
  };
}

/** From now on the liar's shell answers so, and ends well. */
async function says(text: string): Promise<void> {
  await web.sh(`cat >/home/liar/answer <<'END'\n${text}\nEND`);
  await web.sh(
    "printf '#!/bin/sh\\ncat /home/liar/answer\\n' >/home/liar/shell; chmod 0755 /home/liar/shell",
  );
}

describe("a host that says all is well", () => {
  it.each(["fail", "warn"])(
    "in words that are no report fails the deployment (onFailure: %s)",
    async (onFailure) => {
      await says("as declared: web");
      const run = await all.up(lied(onFailure));
      expect(run.ok).toBe(false);
      expect(run.errors).toContain("web: the host sent no report");
      // Once: who reads it at night looks for a second cause otherwise.
      expect(run.errors.match(/sent no report/g)).toHaveLength(1);
      expect(run.warnings).not.toContain("sent no report");
    },
  );

  it("in words that are no answer to being tuned fails the deployment", async () => {
    await says("applied: web");
    const run = await all.up(() => {
      const { ssh, address: host } = web;
      const tuned = new TunedHost("web", { services: SERVICES, host, ssh: { ...ssh, user: "liar" } });
      new command.local.Command("after", { create: "true", triggers: [tuned.steps] });
      return { steps: tuned.steps };
    });
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("web: the host sent no answer");
  });

  it("for another declaration fails the deployment, and a true answer heals it", async () => {
    const honest = () =>
      new BacklogVerification("web", {
        services: [{ name: "nginx", backlog: 511 }],
        host: web.address,
        ssh: web.ssh,
      });
    const seen = await all.up(() => ({ report: honest().report }));
    expect(seen).toMatchObject({ ok: true, errors: "" });
    await says(`as declared: web\n${String((await all.outputs())["report"])}`);
    const run = await all.up(lied("fail"));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("web is not proven to be as declared");
    expect(run.errors).toContain(
      "report-answers-declaration: nginx: wanted 4096 on port 80, got a look for 511 on port 80",
    );
    expect(await all.outputs()).not.toMatchObject({ verdict: "as-declared" });

    const { user, ...ssh } = web.ssh;
    expect(
      await all.up(() => ({
        verdict: new BacklogVerification("web", {
          services: SERVICES,
          host: web.address,
          ssh: { ...ssh, user },
        }).verdict,
      })),
    ).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toEqual({ verdict: "as-declared" });
  });
});

describe("user data that is known late, and cannot be used", () => {
  it.each<[string, string, string]>([
    ["plain", "Content-Type: text/x-nothing\n\nx", "userData"],
    ["too long", `#!/bin/sh\n# ${"x".repeat(17_000)}\n`, "userData"],
  ])(
    "of a new server ends `up` with the reason, and the server is not made: %s",
    async (_, userData, field) => {
      const program: Program = () => {
        const late = new command.local.Command("late", { create: "printf %s later", triggers: [userData] });
        const server = new TunedServer("new", {
          services: SERVICES,
          ami: "ami-0deb12ab0deb12ab0",
          instanceType: "t3.micro",
          keyName: "none",
          userData: late.stdout.apply(() => userData),
          ssh: { privateKey: all.key.privateKey },
        });
        new command.local.Command("after", { create: "true", triggers: [server.report] });
        return { id: server.instanceId };
      };
      const run = await all.up(program);
      expect(run.ok).toBe(false);
      // The reason comes first, and what refuses the instance points to it.
      expect(run.errors).toMatch(new RegExp(`^These inputs cannot be used:\\n  ${field}: `));
      expect(run.errors).toContain("user data that cannot be used: see the error about it");
      expect(run.errors).not.toContain("xxxxxxxx");
      expect(JSON.stringify((await all.stack.exportState()).deployment)).not.toContain(
        "aws:ec2/instance:Instance",
      );
    },
  );

  it("of a secret shows nothing of it", async () => {
    const run = await all.up(() => {
      new TunedServer("new", {
        services: SERVICES,
        ami: "ami-0deb12ab0deb12ab0",
        instanceType: "t3.micro",
        userData: pulumi.secret("planted-secret-text that is no user data"),
        ssh: { privateKey: all.key.privateKey },
      });
      return {};
    });
    expect(run.ok).toBe(false);
    expect(run.errors).toContain("These inputs cannot be used:\n  userData: ");
    expect(run.text + run.errors).not.toContain("planted-secret-text");
  });
});
