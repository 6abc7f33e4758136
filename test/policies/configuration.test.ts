import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern, meansResource } from "../../policies/config/glob";
import { defaultsOf, requireSettings, schemaOf, type Exemption } from "../../policies/config/settings";
import { acceptPackArgs } from "../../policies/listen-backlog-policies";
import { POLICY_NAMES } from "../../policies/names";
import type { PackOptions } from "../../policies/pack";
import { analyze, analyzeStack, policiesOf, said, UNKNOWN, urnOf, type Resource } from "./support/analyzer";
import { sets } from "./support/baselines";

const bad: Resource = {
  type: "aws:ec2/instance:Instance",
  name: "legacy-1",
  props: { userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n", userDataReplaceOnChange: true },
};
const exemption: Exemption = {
  policy: "backlog-survives-reboot",
  pattern: "legacy-*",
  reason: "replaced in the spring",
  expires: "2026-06-30",
};
const on = (day: string, more: PackOptions["shared"] = { exemptions: [exemption] }): PackOptions => ({
  shared: more,
  now: () => new Date(day),
});

describe("patterns", () => {
  it.each([
    ["legacy-*", "legacy-1", true],
    ["legacy-*", "legacy-", true],
    ["legacy-*", "my-legacy-1", false],
    ["*", "", true],
    ["", "", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*b*", "abc", true],
    ["a*b*c", "aXbXbXc", true],
    ["a.c", "abc", false],
    ["(a+)+$", "aaaa", false],
    ["[a-z]", "a", false],
  ])("%j matches %j: %s", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it("mean what a regular expression with every other character quoted would", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "*", "?", ".", ":"),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        const quoted = pattern
          .split(/(?<=.)/s)
          .map((c) => (c === "*" ? "[^]*" : c === "?" ? "[^]" : `\\u{${c.charCodeAt(0).toString(16)}}`));
        expect(matchesPattern(pattern, subject)).toBe(new RegExp(`^${quoted.join("")}$`, "u").test(subject));
      }),
      { numRuns: 2000 },
    );
  });

  it("stay cheap whatever they are", () => {
    const steps = "a".repeat(500);
    expect(matchesPattern(`${"*a".repeat(250)}b`, steps)).toBe(false);
  });

  it("mean a URN with two colons, a type with one, otherwise a name", () => {
    const resource = { type: "aws:ec2/instance:Instance", name: "web", urn: urnOf(bad) };
    expect(meansResource("urn:pulumi:lab::*", resource)).toBe(true);
    expect(meansResource("urn:pulumi:prod::*", resource)).toBe(false);
    expect(meansResource("aws:ec2/*", resource)).toBe(true);
    expect(meansResource("w*", resource)).toBe(true);
    expect(meansResource("aws*", resource)).toBe(false);
  });
});

describe("settings", () => {
  it("have the defaults of their schema, with an engine or without", () => {
    expect(defaultsOf("backlog-within-limits")).toEqual({ maximumBacklog: 65535, allowSmallBacklog: false });
    expect(defaultsOf("syn-flood-protection")).toEqual({ environment: "production" });
    expect(defaultsOf("somaxconn-covers-backlog")).toEqual({});
    for (const name of POLICY_NAMES) {
      expect(Object.keys(schemaOf(name).properties)).toEqual(
        expect.arrayContaining(["services", "exemptions", "kernel", "allowedUnsafeSysctls"]),
      );
      expect(schemaOf(name).properties).not.toHaveProperty("enforcementLevel");
    }
  });

  it.each<[string, object, string]>([
    [
      "a name that nothing has",
      { maximumBaklog: 1 },
      'given "maximumBaklog"; allowed: the fields maximumBacklog, ',
    ],
    [
      "a pod's somaxconn below 1",
      { podSomaxconn: 0 },
      "podSomaxconn: given 0; allowed: a whole number from 1",
    ],
    ["a number as a text", { maximumBacklog: "131072" }, 'maximumBacklog: given "131072"; allowed: a whole'],
    [
      "a number beyond the kernel's",
      { maximumBacklog: 2 ** 31 },
      "maximumBacklog: given 2147483648; allowed",
    ],
    ["half a byte", { memoryBytes: 0.5 }, "memoryBytes: given 0.5; allowed: a whole number from 1"],
    ["a flag that is none", { allowSmallBacklog: "yes" }, 'allowSmallBacklog: given "yes"; allowed: true or'],
    ["a kernel that is none", { kernel: "new" }, 'kernel: given "new"; allowed: a kernel release'],
    [
      "services that are none",
      { services: [{ pattern: "a", services: "ngnix" }] },
      'services[0].services: given "ngnix"',
    ],
    [
      "services without a pattern",
      { services: [{ services: "nginx" }] },
      "services[0].pattern: given nothing; allowed: 1 to 512 characters",
    ],
    [
      "a pattern without end",
      { services: [{ pattern: "a".repeat(513), services: "nginx" }] },
      "allowed: 1 to 512 characters",
    ],
    [
      "services of a type that is judged through another",
      { services: [{ pattern: "aws:autoscaling/group:Group", services: "nginx" }] },
      'services[0].pattern: given "aws:autoscaling/group:Group"; allowed: a type that the pack reads; a group',
    ],
    [
      "services of a type that nobody reads, as a slip of the pen makes one",
      { services: [{ pattern: "aws:ec2/instance:instance", services: "nginx" }] },
      'services[0].pattern: given "aws:ec2/instance:instance"; allowed: a type that the pack reads',
    ],
    [
      "services that are no list",
      { services: "nginx" },
      'services: given "nginx"; allowed: a list, of which each is an object with the fields pattern, services; ',
    ],
    [
      "an exemption that is in no list",
      { exemptions: exemption },
      'exemptions: given {"policy":"backlog-survives-reboot",',
    ],
    [
      "an exemption that is a text",
      { exemptions: ["legacy-*"] },
      'exemptions[0]: given "legacy-*"; allowed: an object with the fields policy, pattern, reason, expires; ',
    ],
    ["an exemption that is nothing", { exemptions: [null] }, "exemptions[0]: given null; allowed: an object"],
    ["one sysctl in no list", { allowedUnsafeSysctls: "net.core.somaxconn" }, "allowed: a list of names of"],
    ["a number that is none", { maximumBacklog: NaN }, "maximumBacklog: given NaN; allowed: a whole number"],
    ["a number in a list", { memoryBytes: [1] }, "memoryBytes: given [1]; allowed: a whole number from 1"],
    ["a name of JavaScript's", JSON.parse('{"__proto__":1}') as object, 'given "__proto__"; allowed: the'],
    [
      "an exemption of no policy",
      { exemptions: [{ ...exemption, policy: "x" }] },
      'exemptions[0].policy: given "x"; allowed: backlog-can-be-judged, ',
    ],
    [
      "an exemption without a reason",
      { exemptions: [{ ...exemption, reason: "because" }] },
      'exemptions[0].reason: given "because"; allowed: 10 to 500 characters',
    ],
    [
      "an exemption without an end",
      { exemptions: [{ ...exemption, expires: undefined }] },
      "exemptions[0].expires: given nothing; allowed: a day as YYYY-MM-DD",
    ],
    [
      "a day that there is not",
      { exemptions: [{ ...exemption, expires: "2026-02-30" }] },
      'exemptions[0].expires: given "2026-02-30"',
    ],
    [
      "a field that an exemption has not",
      { exemptions: [{ ...exemption, until: "x" }] },
      'given "until"; allowed: the fields policy, pattern, reason, expires',
    ],
  ])("are refused with %s", (_, settings, message) => {
    expect(() => {
      requireSettings({ ...settings }, "backlog-within-limits");
    }).toThrow(message);
  });

  it.each([
    "aws:ec2/launchTemplate:LaunchTemplate",
    "kubernetes:apps/v1:Deployment",
    "azure-native:compute/v20240301:VirtualMachine",
    "hcloud:index/server:Server",
    "aws:ec2/*",
    "urn:pulumi:prod::shop::aws:autoscaling/group:Group::web",
    "web",
  ])("take services for %s", (pattern) => {
    expect(() => {
      requireSettings({ services: [{ pattern, services: "nginx" }] }, "backlog-can-be-judged");
    }).not.toThrow();
  });

  it("are refused without the lines of the pack, which the SDK would show", () => {
    const refusal = () => {
      requireSettings({ maxBacklog: 5 }, "backlog-within-limits");
    };
    expect(refusal).toThrow(
      expect.objectContaining({
        stack: expect.stringMatching(/^Error: The .*\n {2}backlog-within.*$/) as string,
      }),
    );
  });

  it("of the pack's arguments go to the engine by the names of the policies, and to the policies", () => {
    const services = [{ pattern: "web-*", services: "nginx:80:4096" }];
    expect(
      acceptPackArgs({
        all: "mandatory",
        services,
        kernel: "5.10",
        somaxconnCoversBacklog: "advisory",
        backlogWithinLimits: { maximumBacklog: 100000 },
        synFloodProtection: { enforcementLevel: "disabled", environment: "test" },
      }),
    ).toEqual({
      initialConfig: {
        all: "mandatory",
        "somaxconn-covers-backlog": { enforcementLevel: "advisory" },
        "backlog-within-limits": { maximumBacklog: 100000 },
        "syn-flood-protection": { enforcementLevel: "disabled", environment: "test" },
      },
      options: {
        shared: { services, exemptions: undefined, kernel: "5.10", allowedUnsafeSysctls: undefined },
        own: {
          "somaxconn-covers-backlog": {},
          "backlog-within-limits": { maximumBacklog: 100000 },
          "syn-flood-protection": { environment: "test" },
        },
      },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "an argument that there is not",
      { somaxconnCoverBacklog: "mandatory" },
      'somaxconnCoverBacklog: given "somaxconnCoverBacklog"; allowed: backlogCanBeJudged, ',
    ],
    [
      "a level that there is not",
      { all: "error" },
      'all: given "error"; allowed: advisory, mandatory, remediate, disabled',
    ],
    [
      "a level of a policy that there is not",
      { sysctlFilesAgree: { enforcementLevel: "x" } },
      'sysctlFilesAgree: given "x"',
    ],
    [
      "a policy that is a number",
      { sysctlFilesAgree: 1 },
      "sysctlFilesAgree: given 1; allowed: a level, or an object",
    ],
    ["a bad exemption", { exemptions: [{}] }, "exemptions[0].pattern: given nothing"],
    [
      "a setting of another policy",
      { sysctlFilesAgree: { memoryBytes: 1 } },
      'sysctl-files-agree: given "memoryBytes"',
    ],
  ])("of the pack are refused with %s", (_, args, message) => {
    expect(() => acceptPackArgs(args)).toThrow(message);
  });

  it("say which services a resource has that carries no declaration", async () => {
    const low: Resource = {
      type: "aws:ec2/instance:Instance",
      name: "web-1",
      props: { userData: sets("net.core.somaxconn = 4096"), userDataReplaceOnChange: true },
    };
    const declares = (pattern: string) => ({
      shared: { services: [{ pattern, services: "nginx:80:8192" }] },
    });
    for (const pattern of ["web-*", "aws:ec2/instance:Instance", "urn:pulumi:*::web-1"]) {
      expect(await said(low, declares(pattern))).toEqual([
        expect.stringContaining("nginx: wanted net.core.somaxconn >= 8192, got 4096."),
      ]);
    }
    expect(await said(low, declares("db-*"))).toEqual([]);
    // What the resource says itself goes before.
    const tagged = { ...low, props: { ...low.props, tags: { "listen-backlog:services": "nginx:80:4096" } } };
    expect(await said(tagged, declares("web-*"))).toEqual([]);
  });

  it("say what is meant: a large backlog, a small one, a test, a kernel, a node", async () => {
    const large: Resource = {
      ...bad,
      name: "web",
      props: {
        userData: sets("net.core.somaxconn = 131072", "net.ipv4.tcp_syncookies = 2"),
        userDataReplaceOnChange: true,
        tags: { "listen-backlog:services": "nginx:80:131072, api:8000:0" },
      },
    };
    expect((await said(large)).map((line) => line.split(": ")[0])).toEqual([
      "syn-flood-protection",
      "backlog-within-limits",
      "backlog-within-limits",
    ]);
    expect(
      await said(large, {
        own: {
          "backlog-within-limits": { maximumBacklog: 131072, allowSmallBacklog: true },
          "syn-flood-protection": { environment: "test" },
        },
      }),
    ).toEqual([]);
    expect(
      await said(large, {
        own: { "backlog-within-limits": { maximumBacklog: 131072, memoryBytes: 1000000 } },
      }),
    ).toContainEqual(expect.stringContaining("wanted 1000000 bytes or less with all accept queues full"));
    const undecided: Resource = { ...bad, props: { tags: { "listen-backlog:services": "redis:6379" } } };
    expect(await said(undecided)).toEqual([]);
    const pod: Resource = {
      type: "kubernetes:core/v1:Pod",
      props: {
        metadata: { annotations: { "listen-backlog/services": "redis:6379:8192" } },
        spec: { securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "8192" }] } },
      },
    };
    const nodes = (...allowedUnsafeSysctls: string[]) => ({
      shared: { allowedUnsafeSysctls },
    });
    expect((await said(pod, nodes("net.core.somaxconn"))).map((line) => line.split(": ")[0])).toEqual([]);
    expect((await said(pod, nodes("kernel.*"))).map((line) => line.split(": ")[0])).toEqual([
      "containers-set-their-own",
    ]);
    expect((await said(pod)).map((line) => line.split(": ")[0])).toEqual(["containers-set-their-own"]);
  });
});

describe("exemptions", () => {
  const reviewed = async (options: PackOptions, ...resources: Resource[]) => {
    const policies = policiesOf([], options);
    const refused: string[] = [];
    for (const resource of resources) {
      refused.push(...(await analyze(policies, resource)).violations.map(({ policy }) => policy));
    }
    const stack = await analyzeStack(policies, resources);
    return { refused, reviewed: stack.violations.map(({ message, urn }) => [message.split("\n")[1], urn]) };
  };

  it("exempt what they mean, and are shown with their reason at the resource", async () => {
    expect(await reviewed(on("2026-06-30T23:59:59Z"), bad)).toEqual({
      refused: [],
      reviewed: [
        [
          "legacy-1: exempted from backlog-survives-reboot until 2026-06-30. Reason: replaced in the spring See: RULES.md#exemptions-are-reviewed",
          urnOf(bad),
        ],
      ],
    });
  });

  it("are shown and refuse nothing, and so is what is not known, at any level", async () => {
    const mandatory = policiesOf(
      [],
      on("2026-01-01T00:00:00Z", { exemptions: [exemption, { ...exemption, pattern: "x" }] }),
    ).map((policy) => ({ ...policy, enforcementLevel: "mandatory" as const }));
    const unknown: Resource = { ...bad, name: "other", props: { userData: UNKNOWN.string } };
    const levels = [
      await analyze(mandatory, bad),
      await analyze(mandatory, unknown),
      await analyzeStack(mandatory, [bad]),
    ]
      .flatMap(({ violations }) => violations)
      .map(({ policy, level }) => [policy, level]);
    expect(levels).toEqual([
      ["backlog-can-be-judged", "advisory"],
      ["exemptions-are-reviewed", "advisory"],
      ["exemptions-are-reviewed", "advisory"],
    ]);
    // What is known, and can still not be judged, is refused by who wants that.
    const absent: Resource = {
      ...bad,
      name: "other",
      props: { tags: { "listen-backlog:services": "nginx:80:8192" } },
    };
    expect((await analyze(mandatory, absent)).violations.map(({ policy, level }) => [policy, level])).toEqual(
      [["backlog-can-be-judged", "mandatory"]],
    );
  });

  it("end for questions and for what cannot be judged too, and the line says so", async () => {
    const pod: Resource = {
      type: "kubernetes:core/v1:Pod",
      name: "old-web",
      props: {
        spec: {
          containers: [{ name: "a", image: "nginx" }],
          securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "8192" }] },
        },
      },
    };
    const absent = { ...bad, props: { tags: { "listen-backlog:services": "nginx:80:8192" } } };
    const after = on("2026-07-01T00:00:00Z", {
      exemptions: [{ ...exemption, policy: undefined, pattern: "*" }],
    });
    expect(await said(pod, after)).toEqual([
      expect.stringMatching(/^containers-set-their-own: .*\]\. It was exempted until 2026-06-30\.$/),
    ]);
    expect(await said(absent, after)).toEqual([
      expect.stringMatching(/^backlog-can-be-judged: .* is 4096\. It was exempted until 2026-06-30\.$/),
    ]);
  });

  it("end with their last day, and the refusal says so", async () => {
    const after = on("2026-07-01T00:00:00Z");
    expect(await said(bad, after)).toEqual([
      expect.stringContaining(
        "Cause: Nothing in the user data sets it again at the next boot. It was exempted until 2026-06-30. Fix: ",
      ),
    ]);
    // It is not unused: somebody needs it, or its end.
    expect(await reviewed(after, bad)).toEqual({ refused: ["backlog-survives-reboot"], reviewed: [] });
  });

  it.each<[string, Partial<Exemption>]>([
    ["another policy", { policy: "sysctl-files-agree" }],
    ["another name", { pattern: "web-*" }],
    ["another type", { pattern: "aws:ec2/launchTemplate:*" }],
    ["another URN", { pattern: "urn:pulumi:*::web" }],
  ])("do not exempt what they do not mean, and are said to be unused: %s", async (_, changes) => {
    const options = on("2026-01-01T00:00:00Z", { exemptions: [{ ...exemption, ...changes }] });
    const { refused, reviewed: shown } = await reviewed(options, bad);
    expect(refused).toEqual(["backlog-survives-reboot"]);
    expect(shown).toEqual([
      [expect.stringMatching(/^the exemption of .* was not needed\. Fix: take it out/), ""],
    ]);
  });

  it("of another stack are not said to be unused", async () => {
    const elsewhere = { ...exemption, pattern: "urn:pulumi:prod::shop::*::web" };
    expect(await reviewed(on("2026-01-01T00:00:00Z", { exemptions: [elsewhere] }), bad)).toEqual({
      refused: ["backlog-survives-reboot"],
      reviewed: [],
    });
  });

  it("without a policy exempt from all, and one line is shown for each policy", async () => {
    const everything: Exemption = { ...exemption, policy: undefined };
    const both = { ...bad, props: { ...bad.props, userDataReplaceOnChange: false } };
    const { refused, reviewed: shown } = await reviewed(
      on("2026-01-01T00:00:00Z", { exemptions: [everything] }),
      both,
    );
    expect(refused).toEqual([]);
    expect(shown.map(([line]) => line?.split(" ")[3])).toEqual([
      "backlog-survives-reboot",
      "changed-user-data-takes-effect",
    ]);
  });

  it("show a reason on one line, whatever it holds", async () => {
    const hostile = { ...exemption, reason: "because\n\u001b[2J of that" };
    const { reviewed: shown } = await reviewed(on("2026-01-01T00:00:00Z", { exemptions: [hostile] }), bad);
    expect(shown[0]?.[0]).toContain("Reason: because [2J of that");
  });
});
