import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveDeclaration } from "../../backlog";
import { BacklogVerification, type BacklogVerificationArgs } from "../../components";
import { readOutput } from "../../components/verification";
import { probeScript, REPORT_SCHEMA } from "../../probe";
import { reportOf, startEngine, TYPES, valueOf, type Engine } from "./support/engine";
import { BASTION_KEY, HOST_KEY, PRIVATE_KEY } from "./support/host-args";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
beforeEach(() => {
  engine.resources.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

const MINIMAL: BacklogVerificationArgs = {
  services: [{ name: "nginx", backlog: 4096 }],
  host: "10.0.0.5",
  ssh: { user: "admin", hostKey: HOST_KEY },
};

async function make(args: Partial<BacklogVerificationArgs> = {}, opts?: pulumi.ComponentResourceOptions) {
  const verification = new BacklogVerification("web", { ...MINIMAL, ...args }, opts);
  await valueOf(verification.report);
  await engine.settled();
  return verification;
}

const DECLARED = resolveDeclaration({
  services: [
    { name: "nginx", backlog: 4096 },
    { name: "down", port: 80, backlog: 4096 },
  ],
});
const ASKED = { resolved: DECLARED, mode: "exact" } as const;

const COMMAND =
  "sh -s -- --host web --mode at-least --wait 300 --settle 30 --setting net.core.somaxconn 4096 " +
  "--service nginx 80 4096 511 - nginx.service 'write \"listen 80 backlog=4096;\" in its configuration'";

describe("a BacklogVerification", () => {
  it("registers itself and one command, with exactly these inputs", async () => {
    await make();
    expect(engine.resources.map(({ type, name, parent }) => [type, name, parent])).toEqual([
      [TYPES.verification, "web", undefined],
      [TYPES.command, "web-verify", `${TYPES.verification} web`],
    ]);
    expect(engine.get(TYPES.verification, "web").inputs).toEqual({
      services: [
        {
          name: "nginx",
          software: "nginx",
          port: 80,
          backlog: 4096,
          unit: "nginx.service",
          relisten: "none",
        },
      ],
      settings: { somaxconn: 4096 },
      sysctl: { "net.core.somaxconn": "4096" },
    });
    const verify = engine.get(TYPES.command, "web-verify");
    expect(verify.inputs).toEqual({
      connection: {
        host: "10.0.0.5",
        hostKey: HOST_KEY,
        user: "admin",
        port: 22,
        dialErrorLimit: 10,
        perDialTimeout: 15,
      },
      create: COMMAND,
      stdin: probeScript(),
      triggers: [],
      addPreviousOutputInEnv: false,
      logging: "none",
    });
    expect(verify.visible.connection).toBe("[secret]");
    expect(verify.timeouts).toEqual({ create: "900s", update: "900s", delete: "" });
  });

  it("passes on every field of the connection, and none that it does not know", async () => {
    await make({
      host: pulumi.output("db.example.com"),
      ssh: {
        user: pulumi.output("ops"),
        privateKey: pulumi.secret(PRIVATE_KEY),
        privateKeyPassword: pulumi.secret("PASS"),
        agentSocketPath: "/run/agent",
        port: 2222,
        hostKey: pulumi.output(`${HOST_KEY} root@db\n`),
        dialErrorLimit: 0,
        perDialTimeout: 3,
        cloudInitTimeoutSeconds: 0,
        bastion: { host: "bastion", hostKey: `${BASTION_KEY} root@bastion`, user: "jump", port: 22022 },
      },
    });
    expect(engine.get(TYPES.command, "web-verify").inputs.connection).toEqual({
      host: "db.example.com",
      hostKey: HOST_KEY,
      user: "ops",
      port: 2222,
      privateKey: PRIVATE_KEY,
      privateKeyPassword: "PASS",
      agentSocketPath: "/run/agent",
      dialErrorLimit: 0,
      perDialTimeout: 3,
      proxy: {
        host: "bastion",
        hostKey: BASTION_KEY,
        user: "jump",
        port: 22022,
        privateKey: PRIVATE_KEY,
        privateKeyPassword: "PASS",
        agentSocketPath: "/run/agent",
        dialErrorLimit: 0,
        perDialTimeout: 3,
      },
    });
    expect(JSON.stringify(engine.resources.map(({ visible }) => visible))).not.toMatch(/PASS|PRIVATE KEY/);
  });

  it("gives the passphrase of the host's key to no other key", async () => {
    const bastion = { host: "bastion", hostKey: BASTION_KEY, privateKey: PRIVATE_KEY };
    await make({ ssh: { ...MINIMAL.ssh, privateKey: PRIVATE_KEY, privateKeyPassword: "PASS", bastion } });
    const { connection } = engine.get(TYPES.command, "web-verify").inputs;
    expect((connection as { proxy: object }).proxy).not.toHaveProperty("privateKeyPassword");
  });

  it("has outputs of what was seen", async () => {
    const { verdict, report, findings, effective, address, verifyCommand } = await make();
    expect(
      await Promise.all(
        [verdict, findings, effective, address, verifyCommand].map((each) => valueOf<unknown>(each)),
      ),
    ).toEqual(["as-declared", [], { nginx: 4096 }, "10.0.0.5", COMMAND]);
    expect(JSON.parse(await valueOf(report))).toEqual({ ...reportOf("web"), mode: "at-least" });
  });

  it("looks at each update where that is asked for, and when a trigger of the user changes", async () => {
    const triggers = async (args: Partial<BacklogVerificationArgs>) => {
      engine.resources.length = 0;
      await make(args);
      return engine.get(TYPES.command, "web-verify").inputs.triggers as string[];
    };
    expect(await triggers({ triggers: ["a", pulumi.output("b")] })).toEqual(["a", "b"]);
    expect(await triggers({ verify: "onChange" })).toEqual([]);
    const [first, second] = [
      await triggers({ verify: "everyUpdate" }),
      await triggers({ verify: "everyUpdate" }),
    ];
    expect([first.length, second.length]).toEqual([1, 1]);
    expect(first).not.toEqual(second);
  });

  it("takes the exit codes of findings for no failure where it only warns", async () => {
    await make({ onFailure: "warn" });
    expect(engine.get(TYPES.command, "web-verify").inputs.create).toMatch(
      /^'sh' '-c' 'sh -s -- "\$@" \|\| \[ \$\? -le 2 \]' 'probe' '--host' 'web' '--mode' 'at-least' /,
    );
  });

  it("judges services in every namespace where that is asked for, and else as the probe does by itself", async () => {
    await make({ namespaces: "all" });
    expect(engine.get(TYPES.command, "web-verify").inputs.create).toContain(" --namespaces all ");
    engine.resources.length = 0;
    await make({ namespaces: "auto" });
    expect(engine.get(TYPES.command, "web-verify").inputs.create).toBe(COMMAND);
  });

  it("is exact where that is asked for", async () => {
    await make({ mode: "exact" });
    expect(engine.get(TYPES.command, "web-verify").inputs.create).toContain("--mode exact");
  });

  it("warns at each run that does without the host key", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const verification = await make({ ssh: { user: "admin", dangerouslyAcceptAnyHostKey: true } });
    expect(warn.mock.calls).toEqual([
      [
        "dangerouslyAcceptAnyHostKey: anybody on the way can pose as this host; pin its key with ssh.hostKey",
        verification,
      ],
    ]);
    expect(engine.get(TYPES.command, "web-verify").inputs.connection).not.toHaveProperty("hostKey");
  });
});

describe("what came back from a host", () => {
  it("is a report with its findings, and the smallest effective backlog of each service", () => {
    const finding = {
      rule: "r",
      severity: "error",
      subject: "s",
      wanted: "w",
      got: "g",
      cause: "c",
      fix: "f",
    };
    const service = { name: "nginx", port: 80, wanted: 4096, holds: false };
    const sockets = [4096, 511].map((sendQ) => ({ local: "*:80", recvQ: 0, sendQ }));
    const report = {
      ...reportOf("web"),
      verdict: "not-as-declared",
      findings: [finding],
      services: [
        { ...service, sockets },
        { ...service, name: "down", sockets: [] },
      ],
    };
    expect(readOutput("web", ASKED, `not as declared\n${JSON.stringify(report)}\n`)).toEqual({
      verdict: "not-as-declared",
      report: JSON.stringify(report),
      findings: [finding],
      effective: { nginx: 511 },
    });
  });

  it.each<[string, object]>([
    ["of other services", { services: [] }],
    [
      "of another backlog",
      { services: [{ name: "nginx", port: 80, wanted: 511, holds: true, sockets: [] }] },
    ],
    ["of other settings", { settings: [] }],
    ["of another mode", { mode: "at-least" }],
  ])("is never as declared where it is a report %s", (_, other) => {
    const { verdict, findings } = readOutput(
      "web",
      ASKED,
      `as declared\n${JSON.stringify({ ...reportOf("web"), ...other })}\n`,
    );
    expect(verdict).toBe("not-as-declared");
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: "report-answers-declaration", severity: "error" }),
    );
  });

  it("may be that the probe could not look", () => {
    const answer = {
      schema: REPORT_SCHEMA,
      host: "web",
      verdict: "unknown",
      reason: "ss is not installed here",
    };
    const seen = readOutput(
      "web",
      ASKED,
      `could not look: ss is not installed here\n${JSON.stringify(answer)}\n`,
    );
    expect(seen.verdict).toBe("unknown");
    expect(JSON.parse(seen.report)).toEqual(answer);
    expect(seen.findings).toMatchObject([{ cause: "The probe could not look: ss is not installed here." }]);
  });

  it("keeps what the probe saw that could not decide, also behind what a login prints", () => {
    const [service] = reportOf("web").services;
    const undecided = { ...reportOf("web"), verdict: "unknown", reason: "look as root", services: [service] };
    const seen = readOutput(
      "web",
      ASKED,
      `Welcome!\ncould not look: look as root\n${JSON.stringify(undecided)}\n`,
    );
    expect(seen).toMatchObject({ verdict: "unknown", effective: { nginx: 4096 } });
    expect(JSON.parse(seen.report)).toEqual(undecided);
  });

  it.each(["", "hello\n", "could not look\n{", "as declared\n{}\n"])(
    "is refused where it is %j",
    (output) => {
      const read = () => readOutput("web", ASKED, output);
      expect(read).toThrow(/^the host sent /);
    },
  );
});
