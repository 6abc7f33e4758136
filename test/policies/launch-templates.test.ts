import type { PolicyResource } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import type { SharedSettings } from "../../policies/config/settings";
import { templatesOf } from "../../policies/launch-templates";
import { analyze, analyzeStack, policiesOf, UNKNOWN, urnOf, type Resource } from "./support/analyzer";
import { base64 } from "./support/baselines";

type Named = Resource & { readonly name: string };

const TAG = "listen-backlog:services";
const tuned = (somaxconn: number) =>
  `#cloud-config
write_files:
  - path: /etc/sysctl.d/60-web.conf
    content: |
      net.core.somaxconn = ${somaxconn}
runcmd:
  - sysctl -p /etc/sysctl.d/60-web.conf
`;
const template = (text: string, more: object = {}, name = "base"): Named => ({
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  name,
  props: { imageId: "ami-0a", userData: base64(text), ...more },
});
/** As `tags` of an Auto Scaling group are written. */
const tags = (services: string) => [
  { key: "Name", value: UNKNOWN.string, propagateAtLaunch: true },
  { key: TAG, value: services, propagateAtLaunch: true },
];
const group = (services: string, more: object = {}, name = "web"): Named => ({
  type: "aws:autoscaling/group:Group",
  name,
  props: {
    minSize: 2,
    maxSize: 6,
    launchTemplate: { id: UNKNOWN.string, version: "$Latest" },
    tags: tags(services),
    ...more,
  },
});
const waits = (resource: Named, property: string, ...on: readonly Named[]): Named => ({
  ...resource,
  propertyDependencies: { [property]: on.map(urnOf) },
});

/** What a pack says of resources one by one, and then of their stack: policy, level and line. */
async function saidOf(all: readonly Named[], shared: SharedSettings = {}, outputs = all) {
  const policies = policiesOf([], { shared, now: () => new Date("2026-01-01") });
  const verdicts = [];
  for (const resource of all) {
    verdicts.push(await analyze(policies, resource));
  }
  verdicts.push(await analyzeStack(policies, outputs));
  return verdicts
    .flatMap(({ violations }) => violations)
    .filter(({ policy }) => policy !== "backlog-is-verified")
    .map(({ policy, level, message, urn }) => {
      expect(message).toMatch(/^[A-Z].*\.\n.* See: RULES\.md#[a-z-]+$/);
      const on = urn.split("::").at(-1) ?? "";
      return `${policy} (${level}) on ${on}: ${(message.split("\n")[1] ?? "").split(" See: ")[0] ?? ""}`;
    });
}

const CUT = (name: string, base: string, needed: number, has: number) =>
  `somaxconn-covers-backlog (mandatory) on ${name}: ${name}: launch template ${base}: nginx: ` +
  `wanted net.core.somaxconn >= ${needed}, got ${has}. Cause: listen() silently cuts the declared backlog ${needed} of nginx to ${has}. ` +
  `Fix: set net.core.somaxconn = ${needed}`;
const NOT_PLAIN = (name: string) =>
  `backlog-can-be-judged (advisory) on ${name}: ${name}: cannot be judged: the user data, because its launch template brings it, ` +
  `which is judged by its own tag ${TAG}: write the values plainly, or verify the server.`;

describe("a group whose launch template stands in the stack", () => {
  const low = template(tuned(5000));
  const right = template(tuned(8192));

  it("is held against the user data of its template, whose id is not known yet", async () => {
    expect(await saidOf([low, waits(group("nginx:80:8192"), "launchTemplate", low)])).toEqual([
      CUT("web", "base", 8192, 5000),
    ]);
    expect(await saidOf([right, waits(group("nginx:80:8192"), "launchTemplate", right)])).toEqual([]);
  });

  it("is judged by itself where several have the same template", async () => {
    const groups = [
      waits(group("nginx:80:8192", {}, "a"), "launchTemplate", low),
      waits(group("nginx:80:1024", {}, "b"), "launchTemplate", low),
      waits(group("nginx:80:6000", {}, "c"), "launchTemplate", low),
    ];
    expect(await saidOf([low, ...groups])).toEqual([
      CUT("a", "base", 8192, 5000),
      CUT("c", "base", 6000, 5000),
    ]);
  });

  it("is no second finding for what is said of the template alone", async () => {
    const declaring = template(tuned(5000), { tags: { [TAG]: "nginx:80:8192" } });
    expect(await saidOf([declaring, waits(group("nginx:80:8192"), "launchTemplate", declaring)])).toEqual([
      expect.stringContaining("somaxconn-covers-backlog (mandatory) on base: base: nginx: "),
    ]);
    const lost = template("#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n");
    expect(await saidOf([lost, waits(group("nginx:80:8192"), "launchTemplate", lost)])).toEqual([
      expect.stringContaining("backlog-survives-reboot (mandatory) on base: base: "),
    ]);
  });

  it("is judged with every template that its machines may be made of", async () => {
    const other = template(tuned(6000), {}, "arm");
    const mixed = group("nginx:80:8192", {
      launchTemplate: undefined,
      mixedInstancesPolicy: {
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: UNKNOWN.string, version: "$Latest" },
          overrides: [
            { instanceType: "c7i.large" },
            {
              instanceType: "c7g.large",
              launchTemplateSpecification: { launchTemplateId: UNKNOWN.string, version: "$Latest" },
            },
          ],
        },
      },
    });
    expect(await saidOf([right, other, waits(mixed, "mixedInstancesPolicy", right, other)])).toEqual([
      CUT("web", "arm", 8192, 6000),
    ]);
  });

  it("is judged where it names the template by what is known of it", async () => {
    const byName = group("nginx:80:8192", { launchTemplate: { name: "web-2026", version: "$Default" } });
    const named = template(tuned(5000), { name: "web-2026" });
    const other = template(tuned(4500), { name: "other" }, "other");
    expect(await saidOf([named, other, byName])).toEqual([CUT("web", "base", 8192, 5000)]);
    const newest = group("nginx:80:8192", { launchTemplate: { id: "lt-1", version: "7" } });
    const seventh = template(tuned(5000), { id: "lt-1", latestVersion: 7 });
    expect(await saidOf([seventh, newest])).toEqual([CUT("web", "base", 8192, 5000)]);
  });

  it("is judged where the default version is the newest, or moves along", async () => {
    const byDefault = (launchTemplate: object) => group("nginx:80:8192", { launchTemplate });
    const stays = template(tuned(5000), { id: "lt-1", defaultVersion: 1, latestVersion: 3 });
    const changed = template(tuned(5000), { id: "lt-1", defaultVersion: 1, latestVersion: UNKNOWN.number });
    const first = template(tuned(5000), { id: "lt-1", defaultVersion: 1, latestVersion: 1 });
    const moves = template(tuned(5000), {
      id: "lt-1",
      updateDefaultVersion: true,
      defaultVersion: UNKNOWN.number,
      latestVersion: UNKNOWN.number,
    });
    for (const one of [byDefault({ id: "lt-1" }), byDefault({ id: "lt-1", version: "$Default" })]) {
      expect(await saidOf([stays, one])).toEqual([NOT_PLAIN("web")]);
      expect(await saidOf([changed, one])).toEqual([NOT_PLAIN("web")]);
      expect(await saidOf([first, one])).toEqual([CUT("web", "base", 8192, 5000)]);
      expect(await saidOf([moves, one])).toEqual([CUT("web", "base", 8192, 5000)]);
    }
    const newest = byDefault({ id: "lt-1", version: "$Latest" });
    expect(await saidOf([stays, newest])).toEqual([CUT("web", "base", 8192, 5000)]);
  });

  it("is no second finding for what its template configures, and it declares", async () => {
    const nginx =
      "  - path: /etc/nginx/nginx.conf\n    content: http { server { listen 80 backlog=8192; } }\n";
    const configuring = template(tuned(5000).replace("runcmd:", `${nginx}runcmd:`));
    const said = (services: string) =>
      saidOf([configuring, waits(group(services), "launchTemplate", configuring)]);
    const alone = expect.stringContaining("on base: base: nginx in /etc/nginx/nginx.conf: ") as unknown;
    expect(await said("nginx:80:8192")).toEqual([alone]);
    expect(await said("nginx:80:8192, api:8000:6000")).toEqual([
      alone,
      expect.stringContaining("on web: web: launch template base: api: wanted net.core.somaxconn >= 6000"),
    ]);
  });

  it("is judged at the update where its tag is not known before", async () => {
    expect(await saidOf([low, waits(group(UNKNOWN.string), "launchTemplate", low)])).toEqual([
      "backlog-can-be-judged (advisory) on web: web: cannot be judged: tags[1].value not known before the update, which judges it.",
    ]);
  });

  it.each<[string, Named, readonly Named[]]>([
    [
      "is of another stack",
      group("nginx:80:8192", { launchTemplate: { id: "lt-0abc", version: "$Latest" } }),
      [],
    ],
    ["comes from nowhere that is known", group("nginx:80:8192"), []],
    [
      "is pinned to a version, which may be one of before",
      waits(
        group("nginx:80:8192", { launchTemplate: { id: UNKNOWN.string, version: "3" } }),
        "launchTemplate",
        low,
      ),
      [low],
    ],
    [
      "is one of two, and a condition decides",
      waits(group("nginx:80:8192"), "launchTemplate", low, template(tuned(4500), {}, "other")),
      [low, template(tuned(4500), {}, "other")],
    ],
  ])("gets the note where its template %s", async (_, one, templates) => {
    expect(await saidOf([...templates, one])).toEqual([NOT_PLAIN("web")]);
  });

  it("gets not a word where it declares nothing, or a tag of others", async () => {
    const plain = waits(group("", { tags: [{ key: "Name", value: "web" }] }), "launchTemplate", low);
    expect(await saidOf([low, plain])).toEqual([]);
  });

  it("is judged by what the configuration of the pack declares for it", async () => {
    const plain = waits(group("", { tags: [] }), "launchTemplate", low);
    const services = [{ pattern: "aws:autoscaling/group:Group", services: "nginx:80:8192" }];
    expect(await saidOf([low, plain], { services })).toEqual([CUT("web", "base", 8192, 5000)]);
  });

  it("can be exempted, and is refused again after the last day", async () => {
    const stack = [low, waits(group("nginx:80:8192"), "launchTemplate", low)];
    const exemption = { pattern: "web", reason: "moves to the new image in May" };
    expect(await saidOf(stack, { exemptions: [{ ...exemption, expires: "2026-05-31" }] })).toEqual([
      expect.stringContaining("exemptions-are-reviewed (advisory) on web: web: exempted from somaxconn"),
      expect.stringContaining("exemptions-are-reviewed (advisory) on web: web: exempted from backlog-is-"),
    ]);
    expect(await saidOf(stack, { exemptions: [{ ...exemption, expires: "2025-12-31" }] })).toEqual([
      expect.stringContaining("It was exempted until 2025-12-31."),
    ]);
  });

  it("keeps the four answers apart", async () => {
    const said = (text: string | undefined, more: object = {}) => {
      const base = template(text ?? "", { ...(text === undefined && { userData: undefined }), ...more });
      return saidOf([base, waits(group("nginx:80:8192"), "launchTemplate", base)]);
    };
    expect(await said("#!/bin/sh\ntrue\n", { userData: UNKNOWN.string })).toEqual([
      expect.stringMatching(/ on base: base: cannot be judged: userData not known before the update/),
    ]);
    expect(await said("#cloud-config\n[")).toEqual([
      expect.stringMatching(
        / on web: web: cannot be judged: launch template base: the user data, because it is no valid YAML/,
      ),
    ]);
    expect(await said(undefined)).toEqual([
      expect.stringMatching(
        / on web: web: cannot be judged: launch template base: whether 8192 of nginx is covered: nothing here sets/,
      ),
    ]);
  });

  it("is refused for a tag that cannot be read, once", async () => {
    const said = await saidOf([low, waits(group("ngnix:80"), "launchTemplate", low)]);
    expect(said).toEqual([
      expect.stringContaining(
        'somaxconn-covers-backlog (mandatory) on web: web: tag listen-backlog:services: wanted a program of the catalogue, or a name with both port and backlog, got "ngnix"',
      ),
    ]);
  });

  it("is judged by the text that the program gave, where the outputs have a hash of it", async () => {
    const configuration: Named = {
      type: "aws:ec2/launchConfiguration:LaunchConfiguration",
      name: "base",
      props: { imageId: "ami-0a", userData: tuned(5000) },
    };
    const one = waits(
      group("nginx:80:8192", { launchTemplate: undefined, launchConfiguration: UNKNOWN.string }),
      "launchConfiguration",
      configuration,
    );
    const hashed = {
      ...configuration,
      props: { imageId: "ami-0a", userData: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    };
    expect(await saidOf([configuration, one], {}, [hashed, one])).toEqual([CUT("web", "base", 8192, 5000)]);
  });
});

describe("what is made of launch templates", () => {
  const low = template(tuned(5000));
  const specification = { launchTemplateId: UNKNOWN.string, version: "$Latest" };

  it.each<[string, string, object]>([
    [
      "aws:eks/nodeGroup:NodeGroup",
      "launchTemplate",
      { launchTemplate: { id: UNKNOWN.string, version: UNKNOWN.string } },
    ],
    [
      "aws:ec2/fleet:Fleet",
      "launchTemplateConfigs",
      { launchTemplateConfigs: [{ launchTemplateSpecification: specification }] },
    ],
    [
      "aws:ec2/spotFleetRequest:SpotFleetRequest",
      "launchTemplateConfigs",
      {
        launchTemplateConfigs: [{ launchTemplateSpecification: { id: UNKNOWN.string, version: "$Latest" } }],
      },
    ],
    [
      "aws:batch/computeEnvironment:ComputeEnvironment",
      "computeResources",
      { computeResources: { type: "EC2", launchTemplate: specification } },
    ],
    ["aws:ec2/instance:Instance", "launchTemplate", { launchTemplate: { id: UNKNOWN.string } }],
    ["aws:ec2/instance:Instance", "launchTemplate", { launchTemplate: UNKNOWN.object }],
    ["aws-native:eks:Nodegroup", "launchTemplate", { launchTemplate: { id: UNKNOWN.string } }],
  ])("is judged with its own: %s", async (type, property, props) => {
    const one: Named = { type, name: "web", props: { ...props, tags: { [TAG]: "nginx:80:8192" } } };
    expect(await saidOf([low, waits(one, property, low)])).toEqual([CUT("web", "base", 8192, 5000)]);
  });

  it("is judged in the other provider too", async () => {
    const native: Named = {
      type: "aws-native:ec2:LaunchTemplate",
      name: "base",
      props: { launchTemplateData: { userData: base64(tuned(5000)) } },
    };
    const one: Named = {
      type: "aws-native:autoscaling:AutoScalingGroup",
      name: "web",
      props: {
        launchTemplate: { launchTemplateId: UNKNOWN.string, version: UNKNOWN.string },
        tags: tags("nginx:80:8192"),
      },
    };
    expect(await saidOf([native, waits(one, "launchTemplate", native)])).toEqual([
      CUT("web", "base", 8192, 5000),
    ]);
  });

  it("is judged by user data of its own, if it has such", async () => {
    const one: Named = {
      type: "aws:ec2/instance:Instance",
      name: "web",
      props: {
        launchTemplate: { id: UNKNOWN.string },
        userData: tuned(8192),
        userDataReplaceOnChange: true,
        tags: { [TAG]: "nginx:80:8192" },
      },
    };
    expect(await saidOf([low, waits(one, "launchTemplate", low)])).toEqual([]);
  });

  it.each<[string, object]>([
    ["aws:eks/nodeGroup:NodeGroup", { clusterName: "main" }],
    ["aws:autoscaling/group:Group", { launchTemplate: null, mixedInstancesPolicy: null }],
    ["aws:batch/computeEnvironment:ComputeEnvironment", { computeResources: { type: "EC2", maxVcpus: 4 } }],
  ])("has what its image has, where it names no template: %s", async (type, props) => {
    const one: Named = { type, name: "web", props: { ...props, tags: { [TAG]: "nginx:80:8192" } } };
    expect(await saidOf([one])).toEqual([
      expect.stringMatching(/cannot be judged: whether 8192 of nginx is covered: nothing here sets/),
    ]);
  });

  it("is judged by its own specifications, where the list of templates is empty", async () => {
    const fleet: Named = {
      type: "aws:ec2/spotFleetRequest:SpotFleetRequest",
      name: "web",
      props: {
        launchTemplateConfigs: [],
        launchSpecifications: [{ userData: base64(tuned(5000)) }],
        tags: { [TAG]: "nginx:80:8192" },
      },
    };
    expect(await saidOf([fleet])).toEqual([
      expect.stringContaining(
        "on web: web: launchSpecifications[0]: nginx: wanted net.core.somaxconn >= 8192",
      ),
    ]);
  });
});

describe("the templates of many resources of one stack", () => {
  it("are looked for among all resources once, not once for each", () => {
    let looks = 0;
    const counted = (type: string, props: object): PolicyResource =>
      ({
        urn: urnOf({ type }),
        propertyDependencies: {},
        props,
        get type() {
          looks++;
          return type;
        },
      }) as unknown as PolicyResource;
    const base = counted("aws:ec2/launchTemplate:LaunchTemplate", { id: "lt-1" });
    const instances = Array.from({ length: 200 }, () =>
      counted("aws:ec2/instance:Instance", { launchTemplate: { id: "lt-1" } }),
    );
    const all = [base, ...instances];
    const found = instances.map((instance) => templatesOf(instance, all));
    expect(found.every((templates) => templates?.length === 1 && templates[0] === base)).toBe(true);
    expect(looks).toBe(all.length);
  });
});
