import { describe, expect, it } from "vitest";
import type { SharedSettings } from "../../policies/config/settings";
import { analyze, policiesOf, UNKNOWN, type Resource } from "./support/analyzer";
import { base64 } from "./support/baselines";

/** What is said of the last of some resources that the same pack is shown one by one: policy, level and line. */
async function saidOfLast(resources: readonly Resource[], shared: SharedSettings = {}) {
  const policies = policiesOf([], { shared, now: () => new Date("2026-01-01") });
  let said: string[] = [];
  for (const [index, resource] of resources.entries()) {
    const { violations } = await analyze(policies, { name: `a${index}`, ...resource });
    said = violations.map(
      ({ policy, level, message }) => `${policy} (${level}): ${message.split("\n")[1] ?? ""}`,
    );
  }
  return said;
}

const command = (create: string, more: object = {}): Resource => ({
  type: "command:remote:Command",
  props: { create, connection: { host: UNKNOWN.string }, ...more },
});
const kept = (somaxconn: number): Resource => ({
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  props: {
    userData: base64(
      `#!/bin/sh\necho net.core.somaxconn=${somaxconn} > /etc/sysctl.d/60-a.conf\nsysctl -p /etc/sysctl.d/60-a.conf\n`,
    ),
  },
});
const RUN = "sudo sysctl -w net.core.somaxconn=8192";
const LOST = [
  expect.stringMatching(
    /^backlog-survives-reboot \(advisory\): .*got set on the running kernel alone\. Cause: These commands do not .*, and something else may\./,
  ),
];

describe("a command that sets the running kernel alone", () => {
  it.each<[string, readonly Resource[]]>([
    ["alone in its stack", [command(RUN)]],
    ["with the same for updates", [command(RUN, { update: RUN })]],
    ["after a server that keeps less", [kept(4096), command(RUN)]],
    ["after a command that keeps nothing", [command("sysctl -w net.core.somaxconn=16384"), command(RUN)]],
    [
      "after a node pool, on which no command runs",
      [
        {
          type: "gcp:container/nodePool:NodePool",
          props: { nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": "16384" } } } },
        },
        command(RUN),
      ],
    ],
    [
      "as a document of Systems Manager",
      [
        {
          type: "aws:ssm/document:Document",
          props: {
            content: JSON.stringify({
              mainSteps: [{ action: "aws:runShellScript", inputs: { runCommand: [RUN] } }],
            }),
          },
        },
      ],
    ],
  ])("is advised on, %s", async (_, resources) => {
    expect(await saidOfLast(resources)).toEqual(LOST);
  });

  it.each<[string, readonly Resource[]]>([
    ["after a server that keeps as much", [kept(8192), command(RUN)]],
    [
      "after a command that keeps as much",
      [
        command("echo net.core.somaxconn=8192 | sudo tee /etc/sysctl.d/60-a.conf && sudo sysctl --system"),
        command(RUN),
      ],
    ],
    ["commented out", [command(`# ${RUN}\nuptime`)]],
    ["only when it is deleted", [command("uptime", { delete: RUN })]],
    ["only read", [command("sysctl -n net.core.somaxconn; cat /proc/sys/net/core/somaxconn")]],
    ["to what the kernel has anyway", [command("sysctl -w net.ipv4.tcp_syncookies=1")]],
  ])("gets not a word, %s", async (_, resources) => {
    expect(await saidOfLast(resources)).toEqual([]);
  });

  it("can be exempted, and the exemption counts as used", async () => {
    const exemptions = [{ pattern: "a*", reason: "a machine of tests", expires: "2026-12-31" }];
    expect(await saidOfLast([command(RUN)], { exemptions })).toEqual([]);
  });
});

const pool = (value?: unknown, type = "gcp:container/nodePool:NodePool"): Resource => ({
  type,
  props: {
    nodeConfig: value === undefined ? {} : { linuxNodeConfig: { sysctls: { "net.core.somaxconn": value } } },
  },
});
const pod = (spec: object = {}, services = "nginx:80:8192"): Resource => ({
  type: "kubernetes:apps/v1:Deployment",
  props: {
    metadata: { annotations: { "listen-backlog/services": services } },
    spec: { template: { spec: { containers: [{ name: "a", image: "nginx" }], ...spec } } },
  },
});
const ADVISED = (has: string): readonly unknown[] => [
  expect.stringContaining(
    `containers-set-their-own (advisory): a1: nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got ${has} unless its node pool has more.`,
  ),
];
const REFUSED = (has: string): readonly unknown[] => [
  expect.stringMatching(new RegExp(`^containers-set-their-own \\(mandatory\\): .* got ${has}\\. Cause: `)),
];

describe("a pod that sets no somaxconn", () => {
  it("is right where a pool of GKE sets enough, whichever pool it runs on", async () => {
    expect(await saidOfLast([pool("8192"), pod()])).toEqual([]);
    expect(await saidOfLast([pool("128"), pool("8192"), pool("1024"), pod()])).toEqual([]);
    expect(await saidOfLast([pool("8192", "gcp:container/cluster:Cluster"), pod()])).toEqual([]);
  });

  it.each<[string, Resource, string]>([
    ["sets too little", pool("5000"), "5000"],
    ["sets nothing", pool(), "4096"],
    ["sets what is not known", pool(UNKNOWN.string), "4096"],
    ["sets nonsense", pool("-1"), "4096"],
  ])("is advised on where the pool of GKE %s", async (_, around, has) => {
    expect(await saidOfLast([around, pod()])).toEqual(ADVISED(has));
  });

  it("is advised on where it asks for a node of GKE, and nothing of it is in sight", async () => {
    const spec = { nodeSelector: { "cloud.google.com/gke-nodepool": "web" } };
    expect(await saidOfLast([kept(8192), pod(spec)])).toEqual(ADVISED("4096"));
  });

  it("is refused on nodes of others", async () => {
    expect(await saidOfLast([kept(8192), pod({ nodeSelector: { disk: "ssd" } })])).toEqual(REFUSED("4096"));
  });

  describe("and whose cluster is plain from its provider", () => {
    const GKE = `users: [{ user: { exec: { command: "gke-gcloud-auth-plugin" } } }]\n# hunter2`;
    const EKS = `clusters: [{ cluster: { server: "https://A1B2.gr7.eu-west-1.eks.amazonaws.com" } }]\n# hunter2`;
    const on = (provider: Readonly<Record<string, unknown>>): Resource => ({ ...pod(), provider });

    it.each<[string, Readonly<Record<string, unknown>>]>([
      ["its kubeconfig", { kubeconfig: GKE }],
      ["its context", { context: "gke_shop_europe-west1_web" }],
    ])(
      "is advised on where that is GKE, whose pool comes later or is elsewhere: by %s",
      async (_, provider) => {
        expect(await saidOfLast([kept(8192), on(provider)])).toEqual(ADVISED("4096"));
        expect(await saidOfLast([pool("8192"), on(provider)])).toEqual([]);
      },
    );

    it.each<[string, Readonly<Record<string, unknown>>]>([
      ["its kubeconfig", { kubeconfig: EKS }],
      ["its cluster", { kubeconfig: UNKNOWN.string, cluster: "web.hcp.westeurope.azmk8s.io" }],
    ])(
      "is refused where that is none of GKE, whatever a pool of GKE beside it sets: by %s",
      async (_, provider) => {
        expect(await saidOfLast([pool("8192"), on(provider)])).toEqual(REFUSED("4096"));
      },
    );

    it.each<[string, Readonly<Record<string, unknown>>]>([
      ["is not known", { kubeconfig: UNKNOWN.string }],
      ["has clusters of both kinds", { kubeconfig: GKE + EKS }],
      ["is a path", { kubeconfig: "~/.kube/config" }],
    ])("goes by the pools in sight where its kubeconfig %s", async (_, provider) => {
      expect(await saidOfLast([pool(), on(provider)])).toEqual(ADVISED("4096"));
      expect(await saidOfLast([kept(8192), on(provider)])).toEqual(REFUSED("4096"));
    });
  });

  it("has what podSomaxconn says, for certain", async () => {
    expect(await saidOfLast([pod()], { podSomaxconn: 8192 })).toEqual([]);
    expect(await saidOfLast([pool("8192"), pod()], { podSomaxconn: 1024 })).toEqual(REFUSED("1024"));
  });
});

describe("a pod that sets a somaxconn of its own", () => {
  it("is judged by that, whatever its node pool sets", async () => {
    const spec = { securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "1024" }] } };
    const said = await saidOfLast([pool("8192"), pod(spec)], { allowedUnsafeSysctls: ["net.*"] });
    expect(said).toEqual(REFUSED("1024"));
  });
});
