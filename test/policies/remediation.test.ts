import { describe, expect, it } from "vitest";
import { composeUserData, readUserData } from "../../cloudinit";
import type { PolicyName } from "../../policies/names";
import { analyze, policiesOf, remediate, said, UNKNOWN, type Resource } from "./support/analyzer";
import { base64, gzip64, sets } from "./support/baselines";

const MENDS: readonly PolicyName[] = [
  "somaxconn-covers-backlog",
  "backlog-survives-reboot",
  "backlog-applied-at-first-boot",
  "sysctl-files-agree",
  "containers-set-their-own",
];
const TAGS = { "listen-backlog:services": "nginx:80:8192" };
const mend = (resource: Resource, names: readonly PolicyName[] = MENDS) =>
  remediate(policiesOf(names), resource);
const asked = (resource: Resource) =>
  said(resource).then((lines) => lines.map((line) => line.split(": ")[0]));

/** The resource as the engine goes on with it. */
async function mended(resource: Resource): Promise<Resource> {
  const [first, ...others] = await mend(resource);
  expect(first).toBeDefined();
  expect(others).toEqual([]);
  return { ...resource, props: first?.properties };
}

const instance = (userData: string, more: object = {}): Resource => ({
  type: "aws:ec2/instance:Instance",
  props: { ami: "ami-1", userData, userDataReplaceOnChange: true, tags: TAGS, ...more },
});

const OWN = "#!/bin/sh\necho mine > /opt/mine\n";

describe("user data that is mended", () => {
  it("stays where it is: an empty text in the other property is none", async () => {
    const userDataBase64 = base64(sets("net.core.somaxconn = 1024"));
    const { props } = await mended(instance("", { userDataBase64 }));
    expect(props).toMatchObject({ userData: "" });
    const text = Buffer.from(String(props?.["userDataBase64"]), "base64").toString();
    expect(readUserData(text).live).toContainEqual(
      expect.objectContaining({ key: "net.core.somaxconn", value: "8192" }),
    );
    expect(text).toContain("net.core.somaxconn = 1024");
  });

  it.each<[string, string]>([
    ["a somaxconn below the declaration", sets("net.core.somaxconn = 1024")],
    ["the running kernel alone", "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n"],
    [
      "a file that nothing applies",
      "#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/a.conf\n    content: net.core.somaxconn = 8192\n",
    ],
    [
      "a later file that wins",
      sets("net.core.somaxconn = 8192").replace(
        "runcmd:\n",
        "  - path: /etc/sysctl.d/99-z.conf\n    content: net.core.somaxconn = 128\nruncmd:\n  - sysctl --system\n",
      ),
    ],
    [
      "its own configuration",
      sets("net.core.somaxconn = 1024").replace(
        "runcmd:\n",
        "  - path: /etc/nginx/nginx.conf\n    content: listen 80 backlog=16384;\nruncmd:\n",
      ),
    ],
  ])("holds what is declared afterwards, and keeps what it was: %s", async (_, userData) => {
    const resource = instance(userData);
    expect(await asked(resource)).not.toEqual([]);
    const after = await mended(resource);
    expect(await said(after)).toEqual([]);
    const text = String(after.props?.["userData"]);
    // Theirs first and whole, ours last.
    const content = userData.split("\n").slice(1).join("\n").trim();
    expect(text).toContain(content);
    const { live, persisted } = readUserData(text);
    const needed = userData.includes("16384") ? "16384" : "8192";
    expect(live.map(({ key, value }) => [key, value])).toEqual([["net.core.somaxconn", needed]]);
    expect(persisted.map(({ value, appliedBy }) => [value, appliedBy !== undefined])).toEqual([
      [needed, true],
    ]);
    // Once is enough.
    expect(await mend(after)).toEqual([]);
  });

  it("stays in the encoding and in the property that it had", async () => {
    const low = sets("net.core.somaxconn = 1024");
    const template: Resource = {
      type: "aws:ec2/launchTemplate:LaunchTemplate",
      props: { userData: base64(low), tags: TAGS },
    };
    const encoded = String((await mended(template)).props?.["userData"]);
    expect(Buffer.from(encoded, "base64").toString("base64")).toBe(encoded);
    expect(await said({ ...template, props: { ...template.props, userData: encoded } })).toEqual([]);

    const other = {
      ...instance(low),
      props: { userDataBase64: gzip64(low), userDataReplaceOnChange: true, tags: TAGS },
    };
    const after = await mended(other);
    expect(Object.keys(after.props ?? {}).sort()).toEqual(Object.keys(other.props).sort());
    expect(readUserData(String(after.props?.["userDataBase64"])).wrappings).toEqual(["base64", "gzip"]);
    expect(await said(after)).toEqual([]);
  });

  it("is exactly what composing gives", async () => {
    const after = await mended(instance(sets("net.core.somaxconn = 1024", "net.ipv4.tcp_syncookies = 1")));
    expect(after.props?.["userData"]).toBe(
      composeUserData(sets("net.core.somaxconn = 1024", "net.ipv4.tcp_syncookies = 1"), {
        settings: [
          { key: "net.core.somaxconn", value: "8192" },
          { key: "net.ipv4.tcp_syncookies", value: "1" },
        ],
        relisten: [],
      }),
    );
  });

  it.each<[string, Resource]>([
    ["nothing is wrong", instance(sets("net.core.somaxconn = 8192"))],
    ["nothing has to do with it", instance(OWN, { tags: {} })],
    ["it cannot be read", instance("settings in no known form: net.core.somaxconn = 1")],
    [
      "part of it cannot be read",
      instance(
        "#!/bin/sh\nif x; then sysctl -w net.core.somaxconn=1; fi\nsysctl -w net.ipv4.tcp_syncookies=0\n",
      ),
    ],
    ["it is not known", instance(UNKNOWN.string)],
    [
      "parts of an earlier declaration are in it, whose services would not listen again any more",
      instance(
        composeUserData(OWN, {
          settings: [
            { key: "net.core.somaxconn", value: "1024" },
            { key: "vm.swappiness", value: "10" },
          ],
          relisten: [{ unit: "nginx.service", how: "restart" }],
        }),
      ),
    ],
    ["it would be too long", instance(`${sets("net.core.somaxconn = 1024")}# ${"x".repeat(16_200)}\n`)],
    [
      "it is of another type",
      { ...instance(sets("net.core.somaxconn = 1024")), type: "aws:lightsail/instance:Instance" },
    ],
    [
      "it is of a component",
      {
        ...instance(sets("net.core.somaxconn = 1024")),
        types: "listen-backlog:index:TunedServer$aws:ec2/instance:Instance",
      },
    ],
  ])("is left alone where %s", async (_, resource) => {
    expect(await mend(resource)).toEqual([]);
  });

  it("is left alone by policies that mend nothing", async () => {
    const resource = instance(sets("net.core.somaxconn = 8192", "net.ipv4.tcp_syncookies = 0"));
    expect(await mend(resource, ["syn-flood-protection", "backlog-within-limits"])).toEqual([]);
  });

  it("is mended where something else is not known", async () => {
    const after = await mended(instance(sets("net.core.somaxconn = 1024"), { subnetId: UNKNOWN.string }));
    expect(after.props?.["subnetId"]).toBe(UNKNOWN.string);
    expect(await said(after)).toEqual([]);
  });
});

describe("what is not mended", () => {
  const task = (...containers: readonly object[]): Resource => ({
    type: "aws:ecs/taskDefinition:TaskDefinition",
    props: { networkMode: "awsvpc", containerDefinitions: JSON.stringify(containers), tags: TAGS },
  });
  const LOW = sets("net.core.somaxconn = 1024");

  it.each<[string, Resource, PolicyName, string]>([
    [
      "a condition",
      instance(
        "#!/bin/sh\nif x; then sysctl -w net.core.somaxconn=1; fi\nsysctl -w net.ipv4.tcp_syncookies=0\n",
      ),
      "backlog-survives-reboot",
      "of its user data not all can be read: a condition decides.",
    ],
    [
      "the length",
      instance(`${LOW}# ${"x".repeat(16_200)}\n`),
      "somaxconn-covers-backlog",
      "nothing can be added to its user data, by its length or its form.",
    ],
    [
      "user data of ours",
      instance(
        composeUserData(OWN, { settings: [{ key: "net.core.somaxconn", value: "1024" }], relisten: [] }),
      ),
      "somaxconn-covers-backlog",
      "its user data was composed by this package: what it is composed of is where to mend it.",
    ],
    [
      "the type",
      { type: "aws:lightsail/instance:Instance", props: { userData: LOW, tags: TAGS } },
      "somaxconn-covers-backlog",
      "only the user data of EC2 instances and launch templates is added to.",
    ],
    [
      "two containers",
      task({ name: "nginx" }, { name: "log" }),
      "containers-set-their-own",
      "nobody can tell which of its containers the service runs in.",
    ],
  ])("is refused with the reason: %s", async (_, resource, name, why) => {
    const policies = policiesOf([name]);
    const lines = async () => (await analyze(policies, resource)).violations.map(({ message }) => message);
    expect(await lines()).toEqual([expect.not.stringContaining("mended")]);
    expect(await remediate(policies, resource)).toEqual([]);
    expect(await lines()).toEqual([expect.stringContaining(` It was not mended, because ${why} Fix: `)]);
  });

  it("says nothing of it once it is mended", async () => {
    const policies = policiesOf(["containers-set-their-own"]);
    await remediate(policies, task({ name: "nginx" }, { name: "log" }));
    const [mended] = await remediate(policies, task({ name: "nginx" }));
    expect(mended).toBeDefined();
    const { violations } = await analyze(policies, task({ name: "nginx" }));
    expect(violations).toEqual([
      expect.objectContaining({ message: expect.not.stringContaining("mended") as string }),
    ]);
  });
});

describe("systemControls that are raised", () => {
  const task = (definitions: unknown, more: object = {}): Resource => ({
    type: "aws:ecs/taskDefinition:TaskDefinition",
    props: {
      networkMode: "awsvpc",
      containerDefinitions: typeof definitions === "string" ? definitions : JSON.stringify(definitions),
      tags: TAGS,
      ...more,
    },
  });
  const control = (value: string) => [{ namespace: "net.core.somaxconn", value }];
  const definitionsOf = ({ props }: Resource) =>
    JSON.parse(String(props?.["containerDefinitions"])) as unknown;

  it("are added to the one container that there is, and nothing else changes", async () => {
    const definition = { name: "nginx", image: "nginx:1.27", environment: [{ name: "TOKEN", value: "x" }] };
    const after = await mended(task([definition]));
    expect(definitionsOf(after)).toEqual([{ ...definition, systemControls: control("8192") }]);
    expect(await said(after)).toEqual([]);
    expect(await mend(after)).toEqual([]);
  });

  it("are raised where they are, with the other keys kept", async () => {
    const other = { namespace: "net.ipv4.tcp_keepalive_time", value: "60" };
    const after = await mended(
      task([{ name: "nginx", systemControls: [other, ...control("1024")] }, { name: "log" }]),
    );
    expect(definitionsOf(after)).toEqual([
      { name: "nginx", systemControls: [other, ...control("8192")] },
      { name: "log" },
    ]);
    expect(await said(after)).toEqual([]);
  });

  it.each<[string, Resource]>([
    ["nothing is wrong", task([{ name: "nginx", systemControls: control("8192") }])],
    ["nobody can tell which container it is", task([{ name: "nginx" }, { name: "log" }])],
    [
      "the network is the host's",
      task([{ name: "nginx", systemControls: control("1024") }], { networkMode: "host" }),
    ],
    ["it is no JSON", task("[")],
    ["it is not known", task(UNKNOWN.string)],
  ])("are left alone where %s", async (_, resource) => {
    expect(await mend(resource)).toEqual([]);
  });
});
