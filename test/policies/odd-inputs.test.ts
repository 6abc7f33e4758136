import { describe, expect, it } from "vitest";
import {
  analyze,
  analyzeStack,
  policiesOf,
  remediate,
  said,
  UNKNOWN,
  type Resource,
} from "./support/analyzer";
import { base64, sets } from "./support/baselines";

const TAGS = { "listen-backlog:services": "nginx:80:8192" };
const NATIVE_TAGS = [{ key: "listen-backlog:services", value: "nginx:80:8192" }];
const LOW = sets("net.core.somaxconn = 1024");
const CUT = (where = "") =>
  `somaxconn-covers-backlog: web: ${where}nginx: wanted net.core.somaxconn >= 8192, got 1024.`;
const NEEDS = (got: string) =>
  `containers-set-their-own: web: nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got ${got}.`;
const brief = async (resource: Resource) =>
  (await said(resource)).map((line) => line.replace(/ Cause: .*$/, ""));

describe("a document that is nested deeper than any reader can follow", () => {
  const policies = policiesOf();
  const brackets = (count: number, close = true) => "[".repeat(count) + (close ? "]".repeat(count) : "");
  const DEEP = [brackets(60_000, false), brackets(30_000), "{a: ".repeat(12_000) + "}".repeat(12_000)];

  it.each(["aws:ssm/document:Document.content", "aws:imagebuilder/component:Component.data"])(
    "takes no process with it, as %s, and the next resource is judged",
    async (place) => {
      const [type = "", name = ""] = place.split(".");
      for (const text of [...DEEP, ...DEEP]) {
        expect(await analyze(policies, { type, props: { [name]: text } })).toMatchObject({ violations: [] });
      }
      expect(await brief({ type: "aws:ec2/launchTemplate:LaunchTemplate", props: { userData: base64(LOW), tags: TAGS } })).toEqual([CUT()]); // prettier-ignore
    },
  );

  it("is read where aliases in it stand for few lines", async () => {
    const content = [
      "x: &run sysctl -w net.core.somaxconn=8192",
      "mainSteps:",
      "  - { action: 'aws:runShellScript', inputs: { runCommand: [*run] } }",
    ].join("\n");
    expect(await said({ type: "aws:ssm/document:Document", props: { content } })).toEqual([
      expect.stringContaining("backlog-survives-reboot: web: net.core.somaxconn: wanted 8192"),
    ]);
  });
});

describe("one of a list that is not known", () => {
  it("leaves the place of the others as it is in the program", async () => {
    const unknown = (place: string) =>
      `backlog-can-be-judged: web: cannot be judged: ${place} not known before the update, which judges it. See: RULES.md#backlog-can-be-judged`;
    const short = (line: string) => line.replace(/ See: .*$/, "");
    const pool = (netCoreSomaxconn: number) => ({ linuxOSConfig: { sysctls: { netCoreSomaxconn } } });
    expect(
      await brief({
        type: "azure-native:containerservice:ManagedCluster",
        props: { agentPoolProfiles: [UNKNOWN.object, pool(1024)], tags: TAGS },
      }),
    ).toEqual([short(unknown("agentPoolProfiles[0]")), CUT("agentPoolProfiles[1]: ")]);
    expect(
      await brief({
        type: "aws:ec2/spotFleetRequest:SpotFleetRequest",
        props: { launchSpecifications: [UNKNOWN.object, { userData: LOW }], tags: TAGS },
      }),
    ).toEqual([short(unknown("launchSpecifications[0]")), CUT("launchSpecifications[1]: ")]);
    const sysctls = (value: string) => ({
      nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": value } } },
    });
    expect(
      await brief({
        type: "gcp:container/cluster:Cluster",
        props: { nodePools: [UNKNOWN.object, sysctls("1024")] },
      }),
    ).toEqual([
      "somaxconn-keeps-kernel-default: web: nodePools[1]: net.core.somaxconn: wanted 4096 or more, got 1024.",
    ]);
  });
});

describe("what is not known, and would be taken instead of what is", () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    [
      "custom data beside user data",
      "azure-native:compute:VirtualMachine",
      { osProfile: { customData: UNKNOWN.string }, userData: base64(LOW), tags: TAGS },
      "osProfile.customData",
    ],
    [
      "user data beside a startup script",
      "gcp:compute/instance:Instance",
      {
        metadata: { "user-data": UNKNOWN.string, "listen-backlog-services": "nginx:80:8192" },
        metadataStartupScript: "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n",
      },
      'metadata["user-data"]',
    ],
    [
      "a startup script beside user data",
      "gcp:compute/instance:Instance",
      {
        metadata: { "user-data": LOW, "listen-backlog-services": "nginx:80:8192" },
        metadataStartupScript: UNKNOWN.string,
      },
      "metadataStartupScript",
    ],
  ])("refuses nothing: %s", async (_, type, props, place) => {
    expect(await brief({ type, props })).toEqual([
      expect.stringContaining(`cannot be judged: ${place} not known before the update`),
    ]);
  });
});

describe("a declaration that is there and not known", () => {
  it.each<[string, Resource, string]>([
    [
      "of a pod",
      {
        type: "kubernetes:apps/v1:Deployment",
        props: {
          metadata: { annotations: { "listen-backlog/services": UNKNOWN.string } },
          spec: { template: { spec: {} } },
        },
      },
      'metadata.annotations["listen-backlog/services"]',
    ],
    [
      "in a list of tags",
      {
        type: "aws-native:ecs:TaskDefinition",
        props: { tags: [{ key: "listen-backlog:services", value: UNKNOWN.string }] },
      },
      "tags[0].value",
    ],
  ])("gets a note: %s", async (_, resource, place) => {
    expect(await brief(resource)).toEqual([
      expect.stringContaining(`cannot be judged: ${place} not known before the update`),
    ]);
  });
});

describe("a task that names its settings as CloudFormation does", () => {
  const task = (value: string, more: object = {}): Resource => ({
    type: "aws:ecs/taskDefinition:TaskDefinition",
    props: {
      networkMode: "awsvpc",
      containerDefinitions: JSON.stringify([
        { Name: "nginx", SystemControls: [{ Namespace: "net.core.somaxconn", Value: value }], ...more },
      ]),
      tags: TAGS,
    },
  });

  it("is read as the provider reads it", async () => {
    expect(await brief(task("8192"))).toEqual([]);
    expect(await brief(task("1024"))).toEqual([NEEDS("1024")]);
  });

  it("is not mended: a second name for the same would drop the first", async () => {
    expect(await remediate(policiesOf(), task("1024"))).toEqual([]);
    expect(
      await remediate(policiesOf(), task("1024", { SystemControls: undefined, systemControls: [{ Namespace: "net.core.somaxconn", value: "1024" }] })), // prettier-ignore
    ).toEqual([]);
  });
});

describe("a fleet", () => {
  it("that has a launch template says where that is judged", async () => {
    const props = {
      launchTemplateConfigs: [{ launchTemplateSpecification: { id: "lt-1", version: "1" } }],
      tags: TAGS,
    };
    expect(await brief({ type: "aws:ec2/spotFleetRequest:SpotFleetRequest", props })).toEqual([
      expect.stringContaining("its launch template brings it"),
    ]);
    expect(await brief({ type: "aws:ec2/spotFleetRequest:SpotFleetRequest", props: { ...props, tags: {} } })).toEqual([]); // prettier-ignore
    const awaited = { launchTemplateConfigs: UNKNOWN.object, tags: TAGS };
    expect(await brief({ type: "aws:ec2/spotFleetRequest:SpotFleetRequest", props: awaited })).toEqual([
      expect.stringContaining("its launch template brings it"),
    ]);
  });

  it("of the native provider is read as that of the other", async () => {
    const data = { launchSpecifications: [{ userData: base64(LOW), tags: NATIVE_TAGS }] };
    expect(
      await brief({ type: "aws-native:ec2:SpotFleet", props: { spotFleetRequestConfigData: data } }),
    ).toEqual([
      "somaxconn-covers-backlog: web: launchSpecifications[0]: nginx: wanted net.core.somaxconn >= 8192, got 1024.",
    ]);
  });
});

describe("a server of the native provider", () => {
  it.each(["aws-native:lightsail:Instance", "aws-native:autoscaling:LaunchConfiguration"])(
    "is read as that of the other: %s",
    async (type) => {
      expect(await brief({ type, props: { userData: LOW, tags: NATIVE_TAGS } })).toContain(CUT());
    },
  );
});

describe("a name with characters that a terminal obeys", () => {
  it("is on one line of printable text, of whatever policy", async () => {
    const name = "web\n\u001b[31m\u202e";
    const resource: Resource = {
      type: "aws:ec2/instance:Instance",
      name,
      props: { userData: sets("net.core.somaxconn = 8192"), userDataReplaceOnChange: true, tags: TAGS },
    };
    const exemptions = [{ pattern: "web*", reason: "a machine of tests", expires: "9999-12-31" }];
    const policies = policiesOf();
    const exempting = policiesOf([], { shared: { exemptions } });
    const low = { ...resource, props: { ...resource.props, userData: LOW } };
    await analyze(exempting, low);
    const lines = [
      ...(await analyze(policies, low)).violations,
      ...(await analyzeStack(policies, [resource])).violations,
      ...(await analyzeStack(exempting, [resource])).violations,
    ].map(({ policy, message }) => [policy, message.split("\n").slice(1)] as const);
    expect(lines.map(([policy]) => policy)).toEqual(
      expect.arrayContaining(["somaxconn-covers-backlog", "backlog-is-verified", "exemptions-are-reviewed"]),
    );
    for (const [, line] of lines) {
      expect(line).toEqual([expect.stringMatching(/^[\x20-\x7e]+$/)]);
    }
  });
});

describe("a pod with a privileged container", () => {
  const pod = (spec: object): Resource => ({
    type: "kubernetes:core/v1:Pod",
    props: { metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } }, spec },
  });
  const first = (...command: readonly string[]) =>
    pod({ initContainers: [{ image: "tools", securityContext: { privileged: true }, command }] });
  const MAY =
    "backlog-can-be-judged: web: cannot be judged: pod, because a privileged container of it may set net.core.somaxconn.";

  it.each<[string, Resource]>([
    ["runs a program of its image", first("/tune.sh")],
    ["runs what its image says", first()],
    [
      "decides by itself",
      first("sh", "-c", "[ $(sysctl -n net.core.somaxconn) -ge 8192 ] || sysctl -w net.core.somaxconn=8192"),
    ],
    [
      "mounts the settings first",
      first("sh", "-c", "mount -o remount,rw /proc/sys; sysctl -w net.core.somaxconn=8192"),
    ],
    [
      "is the one that listens, and sets it before",
      pod({
        containers: [
          {
            securityContext: { privileged: true },
            command: ["sh", "-c", "sysctl -w net.core.somaxconn=8192; exec nginx"],
          },
        ],
      }),
    ],
  ])("gets a note, and no refusal, where that %s", async (_, resource) => {
    expect(await brief(resource)).toEqual([MAY]);
  });

  it.each<[string, Resource, string]>([
    ["sets other keys alone", first("sysctl", "-w", "vm.max_map_count=262144"), "4096"],
    ["sets too little", first("sh", "-ec", "sysctl -w net.core.somaxconn=1024"), "1024"],
    [
      "is not privileged at all",
      pod({ initContainers: [{ command: ["sysctl", "-w", "net.core.somaxconn=8192"] }] }),
      "4096",
    ],
  ])("is refused where that %s", async (_, resource, got) => {
    expect(await brief(resource)).toEqual([NEEDS(got)]);
  });

  it("is right where that sets enough", async () => {
    expect(await brief(first("sh", "-ec", "sysctl -w net.core.somaxconn=8192"))).toEqual([]);
  });
});

describe("a pod of Windows", () => {
  it("has no somaxconn", async () => {
    const props = {
      metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } },
      spec: { os: { name: "windows" } },
    };
    expect(await said({ type: "kubernetes:core/v1:Pod", props })).toEqual([]);
  });
});
