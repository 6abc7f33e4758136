import { describe, expect, it } from "vitest";
import { somaxconnCoversBacklog } from "../../policies/somaxconn-covers-backlog";
import { analyze, policiesOf, UNKNOWN, type Resource, urnOf } from "./support/analyzer";

const SERVER = "listen-backlog:index:TunedServer";
const INSTANCE = "aws:ec2/instance:Instance";
const DESCRIPTION =
  "The configured net.core.somaxconn is no less than every backlog that is declared for the server.\n";

const SEE = " See: RULES.md#somaxconn-covers-backlog";

const judge = (resource: Resource) => analyze(policiesOf(["somaxconn-covers-backlog"]), resource);

/** The policy's messages, without the description that the SDK puts before each. */
async function messages(resource: Resource): Promise<string[]> {
  const { violations, notApplicable } = await judge(resource);
  expect(notApplicable).toEqual([]);
  expect(violations.map(({ level }) => level)).toEqual(violations.map(() => "mandatory"));
  return violations.map(({ message }) => {
    expect(message.startsWith(DESCRIPTION)).toBe(true);
    expect(message.endsWith(SEE)).toBe(true);
    return message.slice(DESCRIPTION.length, -SEE.length);
  });
}

/** What all policies together say of a resource which cannot be judged; nothing is refused. */
async function notes(resource: Resource): Promise<string[]> {
  const { violations } = await analyze(policiesOf(), resource);
  expect(violations.map(({ policy, level }) => [policy, level])).toEqual(
    violations.map(() => ["backlog-can-be-judged", "advisory"]),
  );
  return violations.map(({ message }) => message.split("\n").slice(1).join("\n"));
}

/** A good TunedServer: each case changes one thing. */
const server = (changes: object = {}): Resource => ({
  type: SERVER,
  props: {
    services: [
      { name: "nginx", software: "nginx", port: 80, backlog: 4096 },
      { name: "api", port: 8000, backlog: 1024 },
    ],
    settings: { somaxconn: 4096 },
    sysctl: { "net.core.somaxconn": "4096" },
    ...changes,
  },
});

const userData = (somaxconn: number | string, rest = "") =>
  `#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/10-a.conf\n    content: |\n      net.core.somaxconn = ${somaxconn}\n${rest}`;
const NGINX = "  - path: /etc/nginx/nginx.conf\n    content: |\n      listen 80 backlog=4096;\n";

const APPLIED = "runcmd:\n  - sysctl -p /etc/sysctl.d/10-a.conf\n";

/** A good instance of somebody else's: each case changes one thing. */
const instance = (changes: object = {}): Resource => ({
  type: INSTANCE,
  props: {
    ami: "ami-1",
    instanceType: "t3.small",
    userData: userData(4096, NGINX),
    tags: { "listen-backlog:services": "nginx:80:4096, redis:6379" },
    ...changes,
  },
});

const cut = (subject: string, backlog: number, somaxconn: number, fix: string) =>
  `web: ${subject}: wanted net.core.somaxconn >= ${backlog}, got ${somaxconn}. ` +
  `Cause: listen() silently cuts the declared backlog ${backlog} of ${subject} to ${somaxconn}. Fix: ${fix}`;

describe("the policy itself", () => {
  it("stops a preview, and says what it is for", () => {
    expect(somaxconnCoversBacklog).toMatchObject({
      name: "somaxconn-covers-backlog",
      level: "mandatory",
      severity: "high",
      description: DESCRIPTION.trim(),
    });
    expect(somaxconnCoversBacklog.remediationSteps).toMatch(/\.$/);
  });

  it.each(["aws:s3/bucket:Bucket", "pulumi:pulumi:Stack", "aws:ec2/instance:InstanceX"])(
    "does not apply to %s",
    async (type) => {
      expect(await judge({ type })).toEqual({
        violations: [],
        notApplicable: ["has nothing to do with listen backlogs"],
      });
    },
  );
});

describe("a TunedServer", () => {
  it("passes when somaxconn covers every declared backlog", async () => {
    expect(await messages(server())).toEqual([]);
    expect(await messages(server({ settings: { somaxconn: 65535 } }))).toEqual([]);
  });

  it("is refused for each backlog that would be cut, with the line to type", async () => {
    expect(await messages(server({ settings: { somaxconn: 4095 } }))).toEqual([
      cut("nginx", 4096, 4095, "set settings.somaxconn: 4096"),
    ]);
    expect(await messages(server({ settings: { somaxconn: 128 } }))).toEqual([
      cut("nginx", 4096, 128, "set settings.somaxconn: 4096"),
      cut("api", 1024, 128, "set settings.somaxconn: 4096"),
    ]);
  });

  it.each<[string, object]>([
    ["somaxconn", { settings: { somaxconn: UNKNOWN.number } }],
    ["all settings", { settings: UNKNOWN.object }],
    ["the services", { services: UNKNOWN.object }],
    ["one backlog", { services: [{ name: "nginx", backlog: UNKNOWN.number }] }],
    ["one name", { services: [{ name: UNKNOWN.string, backlog: 1 }] }],
  ])("gets a note, not silence, where this is not known: %s", async (_, changes) => {
    expect(await notes(server(changes))).toEqual([
      expect.stringMatching(
        /^web: cannot be judged: \S.* not known before the update, which judges it\. See: /,
      ),
    ]);
  });

  it("is judged even where something else about it is not known", async () => {
    expect(await messages(server({ settings: { somaxconn: 1024 }, sysctl: UNKNOWN.object }))).toHaveLength(1);
  });

  it.each<[string, object]>([
    ["no inputs", { services: undefined, settings: undefined, sysctl: undefined }],
    ["no services", { services: undefined }],
    ["no settings", { settings: null }],
  ])("is refused where the program hides its declaration: %s", async (_, changes) => {
    expect(await messages(server(changes))).toEqual([
      "web: declaration: wanted services and settings among the inputs of the component, got none. " +
        "Cause: The program did not send the inputs of its components, so nothing can be judged. " +
        "Fix: use @pulumi/pulumi 3.202 or newer, and unset PULUMI_NODEJS_SKIP_COMPONENT_INPUTS",
    ]);
  });

  it("is judged once: its own instance is left alone", async () => {
    const child: Resource = {
      ...instance({ userData: userData(128, NGINX) }),
      types: `${SERVER}$${INSTANCE}`,
    };
    expect(await judge(child)).toEqual({
      violations: [],
      notApplicable: ["judged through the component that it is a part of"],
    });
    const deeper = { ...child, types: `my:own:Fleet$${SERVER}$${INSTANCE}` };
    expect((await judge(deeper)).violations).toEqual([]);
  });

  it("is no excuse for an instance that has only its name, or another parent", async () => {
    const bad = instance({ userData: userData(128, NGINX), tags: {} });
    expect(await messages({ ...bad, name: `${SERVER}$x` })).toHaveLength(1);
    expect(await messages({ ...bad, types: `my:own:Fleet$${INSTANCE}` })).toHaveLength(1);
  });

  it("is no excuse for what somebody else has put below it", async () => {
    const bad = instance({ userData: userData(128, NGINX), tags: {} });
    const parent = urnOf({ type: SERVER, name: "web" });
    const below = { ...bad, types: `${SERVER}$${INSTANCE}`, parent };
    expect((await judge({ ...below, name: "web" })).violations).toEqual([]);
    expect(await messages({ ...below, name: "web-sidecar" })).toHaveLength(1);
    const type = "aws:ec2/launchConfiguration:LaunchConfiguration";
    expect(await messages({ ...below, type, types: `${SERVER}$${type}` })).toHaveLength(1);
    const deeper = `${SERVER}$my:own:Sidecar$${INSTANCE}`;
    expect(
      await messages({ ...below, types: deeper, parent: urnOf({ type: "my:own:Sidecar", name: "web" }) }),
    ).toHaveLength(1);
  });
});

describe("an EC2 instance", () => {
  const FIX = "set net.core.somaxconn = 4096";

  it("passes when its user data covers what its configuration and its tag declare", async () => {
    expect(await messages(instance())).toEqual([]);
  });

  it("is refused for the configuration in its own user data", async () => {
    expect(await messages(instance({ userData: userData(1024, NGINX), tags: undefined }))).toEqual([
      cut("nginx in /etc/nginx/nginx.conf", 4096, 1024, FIX),
    ]);
  });

  it("is refused for what its tag declares, default backlogs too", async () => {
    expect(await messages(instance({ userData: userData(128) }))).toEqual([
      cut("nginx", 4096, 128, FIX),
      cut("redis", 511, 128, FIX),
    ]);
  });

  it("is judged by what it would have if its lines agreed: that they do not is a finding of another policy", async () => {
    const later = "runcmd:\n  - sysctl -w net.core.somaxconn=512\n";
    expect(await messages(instance({ userData: userData(4096, later) }))).toEqual([]);
    expect(await messages(instance({ userData: userData(1024, later) }))).toEqual([
      cut("nginx", 4096, 1024, FIX),
    ]);
  });

  it("does not ask more for software that follows somaxconn", async () => {
    expect(
      await messages(instance({ userData: userData(128), tags: { "listen-backlog:services": "go:80" } })),
    ).toEqual([]);
  });

  it.each<[string, object]>([
    ["has no user data", { userData: undefined }],
    [
      "has user data that sets no somaxconn",
      { userData: `#!/bin/sh\ncat <<X\nlisten 80 backlog=4096;\nX\n` },
    ],
    ["declares nothing", { userData: userData(1), tags: undefined }],
    ["has tags of others", { userData: userData(1), tags: { Name: "web" } }],
    ["sets a somaxconn that the kernel refuses", { userData: userData(2147483648), tags: {} }],
    ["has the user data of another cloud", { userData: { text: "x" } }],
  ])("passes when it %s", async (_, changes) => {
    expect(await messages(instance(changes))).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["its user data", { userData: UNKNOWN.string }, "userData"],
    ["its tags", { tags: UNKNOWN.object }, "tags"],
    [
      "its declaration",
      { tags: { "listen-backlog:services": UNKNOWN.string } },
      'tags["listen-backlog:services"]',
    ],
  ])("gets a note, not silence, where this is not known: %s", async (_, changes, path) => {
    const good = { userData: userData(4096, `${NGINX}${APPLIED}`), userDataReplaceOnChange: true };
    expect(await notes(instance({ ...good, ...changes }))).toEqual([
      `web: cannot be judged: ${path} not known before the update, which judges it. See: RULES.md#backlog-can-be-judged`,
    ]);
  });

  it("is judged by its declaration where another of its tags is not known", async () => {
    const tags = { Name: UNKNOWN.string, "listen-backlog:services": "nginx:80:4096" };
    expect(await messages(instance({ userData: userData(128), tags }))).toEqual([
      cut("nginx", 4096, 128, FIX),
    ]);
  });

  it("is judged by its user data where its tags are not known", async () => {
    expect(await messages(instance({ userData: userData(128, NGINX), tags: UNKNOWN.object }))).toHaveLength(
      1,
    );
  });

  it.each([4096, undefined])(
    "is refused for a tag that cannot be read, with somaxconn %s",
    async (somaxconn) => {
      const text = somaxconn === undefined ? "#!/bin/sh\ntrue\n" : userData(somaxconn);
      expect(
        await messages(
          instance({ userData: text, tags: { "listen-backlog:services": "ngnix:80, a:b:\u001b[2J" } }),
        ),
      ).toEqual([
        'web: tag listen-backlog:services: wanted name[:port[:backlog]], separated by spaces or commas, got "a:b:\\u001b[2J". ' +
          "Cause: The declaration cannot be used. Fix: write nginx:80:4096 redis:6379",
      ]);
      expect(
        await messages(instance({ userData: text, tags: { "listen-backlog:services": "ngnix:80" } })),
      ).toEqual([
        'web: tag listen-backlog:services: wanted a program of the catalogue, or a name with both port and backlog, got "ngnix". ' +
          "Cause: The declaration cannot be used. Fix: write nginx",
      ]);
    },
  );

  it("is judged without an exception whatever its user data is", async () => {
    for (const text of [
      "",
      "\0",
      "#cloud-config\n[",
      "MIME-Version: 1.0\n",
      "x".repeat(300_000),
      userData("9999999999", NGINX),
    ]) {
      expect(await messages(instance({ userData: text, tags: {} }))).toEqual([]);
    }
  });

  it("never says what its user data says", async () => {
    const secret = "hunter2-hunter2";
    const planted = [
      userData(
        128,
        `${NGINX}      # ${secret}\nruncmd:\n  - echo ${secret}; sysctl -w net.core.somaxconn=127 # ${secret}\npassword: ${secret}\n`,
      ),
      `#!/bin/sh\nexport TOKEN=${secret}\nsysctl -w net.core.somaxconn=128 ${secret}\ncat >/etc/nginx/conf.d/x.conf <<X\n# ${secret}\nserver { listen 80 backlog=4096; }\nX\n`,
      `#cloud-config\npassword: [${secret}\n`,
    ];
    let said = "";
    for (const text of planted) {
      said += JSON.stringify(await judge(instance({ userData: text })));
      said += JSON.stringify(await judge(instance({ userData: text, tags: UNKNOWN.object })));
    }
    expect(said).toContain("nginx in /etc/nginx/conf.d/x.conf");
    expect(said).not.toContain(secret);
  });
});
