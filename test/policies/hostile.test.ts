import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TYPES } from "../../policies/subjects";
import { analyze, analyzeStack, policiesOf, remediate, UNKNOWN, urnOf, type Resource } from "./support/analyzer"; // prettier-ignore
import { base64, BASELINES } from "./support/baselines";

const JSON_VALUE = fc.jsonValue({ maxDepth: 4 });

/** The properties of a good resource with something else in one place, at any depth. */
function broken(value: unknown, path: readonly number[], other: unknown): unknown {
  const [at = 0, ...rest] = path;
  if (Array.isArray(value) && value.length > 0) {
    const index = at % value.length;
    return value.map((item: unknown, i) => (i === index ? (rest.length === 0 ? other : broken(item, rest, other)) : item)); // prettier-ignore
  }
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    const entries = Object.entries(value);
    const index = at % entries.length;
    return Object.fromEntries(
      entries.map(([key, item], i) => [key, i === index ? (rest.length === 0 ? other : broken(item, rest, other)) : item]), // prettier-ignore
    );
  }
  return other;
}

const TEXTS = [
  "",
  "\0",
  "#cloud-config\n[",
  "MIME-Version: 1.0\n",
  "[{",
  "a: &a [*a]",
  "x".repeat(300_000),
  "[".repeat(5_000),
];

describe("whatever the properties of a resource are", () => {
  const policies = policiesOf();

  it("every policy answers, on one line of printable text", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...BASELINES),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
        fc.oneof(JSON_VALUE, fc.constantFrom<unknown>(...TEXTS)),
        async (baseline, path, other) => {
          const props = broken(baseline.props, path, other);
          const resource: Resource = { type: baseline.type, props: isProps(props) ? props : {} };
          const { violations } = await analyze(policies, resource);
          for (const { message } of violations) {
            expect(message).toMatch(/^[A-Z][\x20-\x7e]*\.\n[\x20-\x7e]+$/);
          }
          await analyzeStack(policies, [resource]);
          await remediate(policies, resource);
        },
      ),
      { numRuns: 600 },
    );
  }, 300_000);

  it("a resource of properties that are anything is answered too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...BASELINES.map(({ type }) => type)),
        fc.dictionary(
          fc.constantFrom(
            "userData",
            "tags",
            "spec",
            "metadata",
            "services",
            "settings",
            "containerDefinitions",
            "data",
            "content",
            "__proto__",
            "constructor",
          ),
          JSON_VALUE,
        ),
        async (type, props) => {
          await analyze(policies, { type, props });
        },
      ),
      { numRuns: 300 },
    );
  }, 300_000);
});

const ANY_TYPE = fc.constantFrom(
  ...TYPES,
  "kubernetes:apps/v1:Deployment",
  "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
  "pulumi:pulumi:Stack",
);
const ANY_NAME = fc.constantFrom("a", "b", "c", "__proto__");
const LOW = "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n";
const WORD = fc.constantFrom<unknown>("a", "b", "5", 5, null, true, LOW, base64(LOW), "$Latest", ...Object.values(UNKNOWN)); // prettier-ignore
/** The names that readers look for, and some that every object has. */
const FIELDS = fc.constantFrom(
  ...[
    "userData",
    "userDataBase64",
    "spec",
    "metadata",
    "services",
    "settings",
    "containerDefinitions",
    "data",
  ],
  ...["content", "launchTemplate", "launchConfiguration", "launchTemplateConfigs", "mixedInstancesPolicy"],
  ...["spotFleetRequestConfigData", "computeResources", "launchTemplateData", "launchSpecifications", "name"],
  ...[
    "id",
    "latestVersion",
    "version",
    "launchTemplateId",
    "targets",
    "instanceId",
    "key",
    "value",
    "values",
  ],
  ...["linuxOSConfig", "agentPoolProfiles", "nodePools", "nodeConfig", "osProfile", "customData", "sysctls"],
  ...["labels", "create", "taskSpec", "networkMode", "tagsAll", "tagSpecifications", "securityContext"],
  ...["template", "initContainers", "overrides", "toString", "then", "constructor", "__proto__"],
);
const ANY_VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    WORD,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(FIELDS, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const SERVICES = { "listen-backlog:services": "nginx:80:8192" };
const ANY_TAGS = fc.constantFrom<unknown>(
  SERVICES,
  Object.entries(SERVICES).map(([key, value]) => ({ key, value })),
  { "listen-backlog/services": 1 },
  UNKNOWN.object,
  null,
);
/** A resource that is there, one that is gone, or what is no URN at all. */
const ANY_URN = fc.oneof(
  fc.record({ type: ANY_TYPE, name: ANY_NAME }).map(urnOf),
  fc.constantFrom("", "urn:", "x"),
);
const ANY_RESOURCE = fc.record({
  type: ANY_TYPE,
  name: ANY_NAME,
  props: fc
    .tuple(fc.dictionary(FIELDS, fc.oneof(ANY_VALUE, JSON_VALUE), { maxKeys: 6 }), ANY_TAGS)
    .map(([props, tags]) => ({ ...props, tags })),
  parent: ANY_URN,
  dependencies: fc.array(ANY_URN, { maxLength: 3 }),
});
const ANY_EDGE = fc.record({
  from: fc.nat(5),
  to: fc.nat(5),
  by: fc.constantFrom(
    "launchTemplate",
    "mixedInstancesPolicy",
    "launchTemplateConfigs",
    "targets",
    "__proto__",
  ),
});

describe("whatever a stack is", () => {
  it("every policy answers: what waits for itself, for each other, and for what is gone", async () => {
    const circle = fc.tuple(
      fc.array(ANY_RESOURCE, { minLength: 1, maxLength: 6 }),
      fc.array(ANY_EDGE, { maxLength: 6 }),
    );
    let spoken = 0;
    await fc.assert(
      fc.asyncProperty(circle, async ([some, edges]) => {
        const resources = some.map((resource, index): Resource => ({
          ...resource,
          propertyDependencies: Object.fromEntries(
            edges
              .filter(({ from }) => from === index)
              .map(({ by, to }) => [by, [urnOf(some[to % some.length] ?? resource), resource.parent]]),
          ),
        }));
        const policies = policiesOf();
        const messages: string[] = [];
        for (const resource of resources) {
          messages.push(...(await analyze(policies, resource)).violations.map(({ message }) => message));
        }
        messages.push(...(await analyzeStack(policies, resources)).violations.map(({ message }) => message));
        spoken += messages.length;
        for (const message of messages) {
          expect(message).toMatch(/^[A-Z][\x20-\x7e]*\.\n[\x20-\x7e]+$/);
        }
      }),
      { numRuns: 300 },
    );
    expect(spoken).toBeGreaterThan(100);
  }, 300_000);
});

function isProps(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
