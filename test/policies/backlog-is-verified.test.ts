import { describe, expect, it } from "vitest";
import { probeScript } from "../../probe";
import { backlogIsVerified } from "../../policies/backlog-is-verified";
import { analyzeStack, policiesOf, UNKNOWN, urnOf, type Resource } from "./support/analyzer";

const SERVER = "listen-backlog:index:TunedServer";
const COMMAND = "command:remote:Command";

const server: Resource = { type: SERVER, props: { settings: { somaxconn: 4096 } } };
const verify: Resource = {
  type: COMMAND,
  types: `${SERVER}$${COMMAND}`,
  name: "web-verify",
  parent: urnOf(server),
};

const judge = async (...resources: Resource[]) => {
  const { violations, notApplicable } = await analyzeStack(policiesOf(["backlog-is-verified"]), resources);
  expect(notApplicable).toEqual([]);
  return violations;
};

describe("the policy backlog-is-verified", () => {
  it("advises, because it can only speak after the fact", () => {
    expect(backlogIsVerified).toMatchObject({
      name: "backlog-is-verified",
      level: "advisory",
    });
    expect(backlogIsVerified.description).toMatch(/\.$/);
  });

  it("has nothing to say of a stack without servers, or of one with every server verified", async () => {
    expect(await judge()).toEqual([]);
    expect(await judge({ type: "aws:ec2/instance:Instance" })).toEqual([]);
    expect(await judge(server, verify)).toEqual([]);
  });

  it.each<[string, Resource[]]>([
    ["has no command", []],
    ["has a command of another kind", [{ ...verify, name: "web-install" }]],
    ["has the command of another server", [{ ...verify, parent: urnOf({ ...server, name: "other" }) }]],
    ["has a command that is not its child", [{ ...verify, parent: "" }]],
    ["has a child of another type by that name", [{ ...verify, type: "command:local:Command" }]],
  ])("finds a server that %s", async (_, others) => {
    const violations = await judge(server, ...others);
    expect(violations).toEqual([
      {
        policy: "backlog-is-verified",
        level: "advisory",
        urn: urnOf(server),
        message:
          "Something reads the effective backlog of every server that is set up for one.\n" +
          "web: wanted a verification web-verify, got none. Cause: the child was removed from the stack. " +
          "Fix: remove the transform that takes it away. See: RULES.md#backlog-is-verified",
      },
    ]);
  });

  it.each(["listen-backlog:index:BacklogVerification", "listen-backlog:index:TunedHost"])(
    "takes the child of a %s for a look at the machine whose address it has",
    async (type) => {
      const component: Resource = { type, name: "look" };
      const child: Resource = { ...verify, name: "look-verify", types: `${type}$${COMMAND}`, parent: urnOf(component), dependencies: [urnOf(raw)] }; // prettier-ignore
      expect(await judge(raw, component, child)).toEqual([]);
      expect(await judge(raw, component, { ...child, dependencies: [] })).toHaveLength(1);
    },
  );

  it("judges each server on its own", async () => {
    const other = { ...server, name: "other" };
    expect((await judge(server, other, verify)).map(({ urn }) => urn)).toEqual([urnOf(other)]);
  });

  it("asks for nothing that may be unknown", async () => {
    const unknown = { ...verify, props: { create: UNKNOWN.string, connection: UNKNOWN.object } };
    expect(await judge({ ...server, props: { settings: UNKNOWN.object } }, unknown)).toEqual([]);
  });

  const TUNED =
    "#!/bin/sh\necho net.core.somaxconn=8192 > /etc/sysctl.d/9.conf\nsysctl -p /etc/sysctl.d/9.conf\n";
  const TAGS = { "listen-backlog:services": "nginx:80:8192" };
  const raw: Resource = { type: "aws:ec2/instance:Instance", props: { userData: TUNED, tags: TAGS } };
  const isFound = async (...resources: Resource[]) => (await judge(...resources)).length === 1;

  it.each<[string, Resource]>([
    ["a tag", raw],
    [
      "its own user data",
      {
        ...raw,
        props: { userData: `${TUNED}echo 'listen 80 backlog=8192;' > /etc/nginx/conf.d/a.conf\n` },
      },
    ],
    ["a launch configuration", { ...raw, type: "aws:ec2/launchConfiguration:LaunchConfiguration" }],
    ["a Lightsail instance", { ...raw, type: "aws:lightsail/instance:Instance" }],
    [
      "a spot fleet",
      {
        type: "aws:ec2/spotFleetRequest:SpotFleetRequest",
        props: { launchSpecifications: [{ userData: TUNED }], tags: TAGS },
      },
    ],
    [
      "a machine of Azure",
      {
        type: "azure:compute/linuxVirtualMachine:LinuxVirtualMachine",
        props: { customData: Buffer.from(TUNED).toString("base64"), tags: TAGS },
      },
    ],
    [
      "a machine of Compute Engine",
      {
        type: "gcp:compute/instance:Instance",
        props: { metadata: { "user-data": TUNED, "listen-backlog-services": "nginx:80:8192" } },
      },
    ],
  ])("finds a raw server that is declared by %s", async (_, resource) => {
    expect(await isFound(resource)).toBe(true);
  });

  it("knows what the configuration declares under any policy", async () => {
    const shared = { services: [{ pattern: "web", services: "nginx:80:8192" }] };
    const undeclared = { ...raw, props: { userData: TUNED } };
    expect(await judge(undeclared)).toEqual([]);
    const { violations } = await analyzeStack(policiesOf(["backlog-is-verified"], { shared }), [undeclared]);
    expect(violations).toHaveLength(1);
  });

  it("has nothing to say of a server that sets nothing, and of nodes, whose pods are verified", async () => {
    expect(await judge({ ...raw, props: { tags: TAGS } })).toEqual([]);
    expect(
      await judge({
        type: "azure-native:containerservice:AgentPool",
        props: { linuxOSConfig: { sysctls: { netCoreSomaxconn: 8192 } }, tags: TAGS },
      }),
    ).toEqual([]);
  });

  const association = (name: string, dependencies: string[] = []): Resource => ({
    type: "aws:ssm/association:Association",
    name: "look",
    props: { name },
    dependencies,
  });
  const document = (script: string): Resource => ({
    type: "aws:ssm/document:Document",
    name: "document",
    props: {
      name: "look-at-backlogs",
      content: JSON.stringify({
        schemaVersion: "2.2",
        mainSteps: [{ action: "aws:runShellScript", inputs: { runCommand: script.split("\n") } }],
      }),
    },
  });

  it.each<[string, Resource[]]>([
    ["updates an agent", [association("AWS-UpdateSSMAgent")]],
    ["sets something", [document("sysctl -w a=1"), association("look-at-backlogs")]],
    [
      "runs another document than the one with the probe",
      [document(probeScript()), association("AWS-UpdateSSMAgent")],
    ],
    ["runs a document that is not known", [document(probeScript()), association(UNKNOWN.string)]],
  ])("does not take an association for a look that %s", async (_, others) => {
    expect(await isFound(raw, ...others)).toBe(true);
  });

  it("takes an association for a look that runs the probe", async () => {
    const probe = document(probeScript());
    expect(await judge(raw, probe, association("look-at-backlogs"))).toEqual([]);
    expect(await judge(raw, probe, association(UNKNOWN.string, [urnOf(probe)]))).toEqual([]);
  });

  const probe = document(probeScript());
  const aimed = (targets: readonly object[], more: Partial<Resource> = {}): Resource => ({
    ...association("look-at-backlogs"),
    ...more,
    props: { name: "look-at-backlogs", targets },
  });
  const byTag = (...values: string[]) => ({ key: "tag:Role", values });
  const byId = (...values: string[]) => ({ key: "InstanceIds", values });
  const tagged = (tags: object, more: object = {}): Resource => ({
    ...raw,
    props: { ...raw.props, tags: { ...TAGS, ...tags }, ...more },
    provider: {},
  });
  const other: Resource = { type: "aws:ec2/instance:Instance", name: "other" };
  const fleet: Resource = { ...raw, type: "aws:ec2/launchTemplate:LaunchTemplate", provider: {}, props: { userData: Buffer.from(TUNED).toString("base64"), tags: TAGS } }; // prettier-ignore

  it.each<[string, Resource, Resource]>([
    ["has another tag", tagged({ Role: "web" }), aimed([byTag("cache", "queue")])],
    ["has no such tag", tagged({}), aimed([byTag("web")])],
    ["has one tag of two", tagged({ Role: "web" }), aimed([byTag("web"), { key: "tag:Stage", values: ["prod"] }])], // prettier-ignore
    ["has another id", tagged({}, { id: "i-1" }), aimed([byId("i-2")])],
    ["is not the one whose id is awaited", tagged({}), aimed([byId(UNKNOWN.string)], { propertyDependencies: { targets: [urnOf(other)] } })], // prettier-ignore
  ])("finds a server that an association does not meet: it %s", async (_, server, look) => {
    expect((await judge(server, other, probe, look)).map(({ urn }) => urn)).toEqual([urnOf(server)]);
  });

  it.each<[string, Resource, Resource]>([
    ["has the tag", tagged({ Role: "web" }), aimed([byTag("cache", "web")])],
    ["has the tag from its provider", tagged({}, { tagsAll: { Role: "web" } }), aimed([byTag("web")])],
    ["has a provider with tags of its own", { ...tagged({}), provider: { defaultTags: { tags: {} } } }, aimed([byTag("web")])], // prettier-ignore
    ["has a tag that is not known", tagged({ Role: UNKNOWN.string }), aimed([byTag("web")])],
    ["has tags that are not known", { ...tagged({}), props: { userData: `${TUNED}echo 'listen 80 backlog=8192;' > /etc/nginx/conf.d/a.conf\n`, tags: UNKNOWN.object } }, aimed([byTag("web")])], // prettier-ignore
    ["has the id", tagged({}, { id: "i-1" }), aimed([byId("i-2", "i-1")])],
    ["has no id yet", tagged({}), aimed([byId("i-2")])],
    ["is one of all", tagged({}, { id: "i-1" }), aimed([byId("*")])],
    ["is the one whose id is awaited", tagged({}), aimed([byId(UNKNOWN.string)], { propertyDependencies: { targets: [urnOf(raw)] } })], // prettier-ignore
    ["may be one of a group whose ids are awaited", tagged({}), aimed([byId(UNKNOWN.string)], { propertyDependencies: { targets: [urnOf(fleet)] } })], // prettier-ignore
    ["may be in a resource group", tagged({}), aimed([{ key: "resource-groups:Name", values: ["web"] }])],
    ["meets targets that are not known", tagged({}), { ...aimed([]), props: { name: "look-at-backlogs", targets: UNKNOWN.object } }], // prettier-ignore
    ["is a template, which gets tags elsewhere too", fleet, aimed([byTag("cache")])],
  ])("takes an association for a look at a server that %s", async (_, server, look) => {
    expect(await judge(server, other, probe, look)).toEqual([]);
  });

  describe("where a launch template brings the user data", () => {
    const template: Resource = { type: "aws:ec2/launchTemplate:LaunchTemplate", name: "base", props: { userData: Buffer.from(TUNED).toString("base64") } }; // prettier-ignore
    const declaring = { ...template, props: { ...template.props, tags: TAGS } };
    const ofTemplate = (type: string, tags: unknown): Resource => ({
      type,
      props: { launchTemplate: { id: UNKNOWN.string }, tags },
      propertyDependencies: { launchTemplate: [urnOf(template)] },
    });
    const group = ofTemplate("aws:autoscaling/group:Group", [{ key: "listen-backlog:services", value: "nginx:80:8192" }]); // prettier-ignore
    const instance = ofTemplate("aws:ec2/instance:Instance", TAGS);
    const undeclared = { ...group, props: { ...group.props, tags: [] } };
    const look = (at: Resource): Resource => ({ type: COMMAND, name: "look", dependencies: [urnOf(at)] });

    it.each([
      ["a group", group],
      ["an instance", instance],
    ])("finds %s that declares what the template sets, and that nothing looks at", async (_, machines) => {
      expect(await judge(template, machines)).toEqual([
        expect.objectContaining({
          urn: urnOf(machines),
          message: expect.stringContaining(
            "web: wanted a look at its effective backlog after the deployment, got none. " +
              "Cause: its launch template base sets net.core.somaxconn, and nothing in the stack depends on it that could look. Fix: add",
          ) as string,
        }),
      ]);
      expect(await judge(template, machines, look(machines))).toEqual([]);
    });

    it("finds the template alone where it declares something itself", async () => {
      const found = await judge(declaring, group);
      expect(found.map(({ urn }) => urn)).toEqual([urnOf(declaring)]);
    });

    it.each([
      ["declares the same", group],
      ["declares nothing", undeclared],
    ])("takes a look at a group that %s for a look at what the template made of it", async (_, machines) => {
      expect(await judge(declaring, machines, look(machines))).toEqual([]);
      const another = { ...declaring, name: "other" };
      const { length } = await judge(declaring, another, machines, look(machines));
      expect(length).toBe(1);
    });

    it("has nothing to say of a group whose template sets nothing, or is not in the stack", async () => {
      expect(await judge({ ...template, props: {} }, group)).toEqual([]);
      expect(await judge({ ...group, propertyDependencies: {} })).toEqual([]);
    });
  });

  it("is exempted by name for a while, and says when that is over: groups with templates too", async () => {
    const exemption = { policy: "backlog-is-verified", pattern: "web", reason: "replaced in the spring", expires: "2026-06-30" } as const; // prettier-ignore
    const template: Resource = { type: "aws:ec2/launchTemplate:LaunchTemplate", name: "base", props: { userData: Buffer.from(TUNED).toString("base64") } }; // prettier-ignore
    const group: Resource = {
      type: "aws:autoscaling/group:Group",
      props: {
        launchTemplate: { id: UNKNOWN.string },
        tags: [{ key: "listen-backlog:services", value: "nginx:80:8192" }],
      },
      propertyDependencies: { launchTemplate: [urnOf(template)] },
    };
    const on = async (day: string) => {
      const policies = policiesOf([], { shared: { exemptions: [exemption] }, now: () => new Date(day) });
      const { violations } = await analyzeStack(policies, [template, group]);
      return violations.map(({ policy, message }) => `${policy}: ${message}`);
    };
    expect(await on("2026-06-30")).toEqual([
      expect.stringMatching(/^exemptions-are-reviewed: .*\nweb: exempted from backlog-is-verified until /),
    ]);
    expect(await on("2026-07-01")).toEqual([
      expect.stringMatching(/^backlog-is-verified: .*\nweb: wanted .* It was exempted until 2026-06-30\./),
    ]);
  });
});
