import { describe, expect, it } from "vitest";
import { said, UNKNOWN, type Resource } from "./support/analyzer";

const annotations = { "listen-backlog/services": "nginx:80:8192" };
const pod = (somaxconn?: number, more: object = {}) => ({
  containers: [{ name: "nginx", image: "nginx:1.27" }],
  ...(somaxconn !== undefined && {
    securityContext: { sysctls: [{ name: "net.core.somaxconn", value: String(somaxconn) }] },
  }),
  ...more,
});
const deployment = (spec: object) => ({ metadata: { annotations }, spec: { template: { spec } } });
/** What is said of it on nodes that allow the setting, up to the cause. */
async function saidOf(type: string, props: Resource["props"], services?: string) {
  const lines = await said(
    { type: `kubernetes:${type}`, props },
    {
      shared: {
        allowedUnsafeSysctls: ["net.core.somaxconn"],
        ...(services !== undefined && { services: [{ pattern: `kubernetes:${type}`, services }] }),
      },
    },
  );
  return lines.filter((line) => !line.startsWith("backlog-is-verified")).map((line) => line.replace(/ Cause: .*$/, "")); // prettier-ignore
}
const needs = (has: number, within = "") =>
  `containers-set-their-own: web: ${within}nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got ${has}.`;

describe("a patch of a workload", () => {
  it.each<[string, (spec: object) => Resource["props"]]>([
    ["core/v1:PodPatch", (spec) => ({ metadata: { annotations }, spec })],
    ["core/v1:PodTemplatePatch", (spec) => ({ metadata: { annotations }, template: { spec } })],
    ["apps/v1:DeploymentPatch", deployment],
    ["apps/v1:StatefulSetPatch", deployment],
    ["apps/v1:DaemonSetPatch", deployment],
    ["batch/v1:CronJobPatch", (spec) => ({ spec: { jobTemplate: { spec: { template: { metadata: { annotations }, spec } } } } })], // prettier-ignore
  ])("is judged by what it sets, and not by what it leaves: %s", async (type, props) => {
    expect(await saidOf(type, props(pod(1024)))).toEqual([needs(1024)]);
    expect(await saidOf(type, props(pod(8192)))).toEqual([]);
    expect(await saidOf(type, props(pod()))).toEqual([]);
    expect(await saidOf(type, { metadata: { annotations } })).toEqual([]);
  });

  it("is refused for a declaration that cannot be read", async () => {
    const props = { metadata: { annotations: { "listen-backlog/services": "ngnix:80" } } };
    expect(await saidOf("apps/v1:DeploymentPatch", props)).toEqual([
      expect.stringContaining("web: annotation listen-backlog/services: wanted a program of the catalogue"),
    ]);
  });
});

describe("a list of workloads", () => {
  it("is judged item by item", async () => {
    const items = [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { annotations }, data: {} },
      { apiVersion: "apps/v1", kind: "Deployment", ...deployment(pod(1024)) },
      { apiVersion: "apps/v1", kind: "Deployment", ...deployment(pod(8192)) },
      { apiVersion: "v1", kind: "Pod", metadata: { annotations }, spec: pod() },
      { metadata: { annotations } },
      null,
    ];
    expect(await saidOf("core/v1:List", { items })).toEqual([
      needs(1024, "items[1]: "),
      needs(4096, "items[3]: "),
    ]);
  });

  it("of one kind needs not say it again", async () => {
    expect(await saidOf("apps/v1:DeploymentList", { items: [deployment(pod(1024))] })).toEqual([
      needs(1024, "items[0]: "),
    ]);
    const ofPods = { items: [{ metadata: { annotations }, spec: pod(1024) }] };
    expect(await saidOf("core/v1:PodList", ofPods)).toEqual([needs(1024, "items[0]: ")]);
    expect(await saidOf("core/v1:ConfigMapList", ofPods)).toEqual([]);
  });
});

describe("a release of Helm", () => {
  const type = "helm.sh/v3:Release";
  const opaque =
    "backlog-can-be-judged: web: cannot be judged: the pods of its chart, because Helm renders them during the update: " +
    "verify them, or use kubernetes.helm.v4.Chart, whose workloads are in sight.";

  it("cannot be judged, wherever its values declare something", async () => {
    expect(await saidOf(type, { chart: "nginx", values: { podAnnotations: annotations } })).toEqual([opaque]);
    const nested = { image: { tag: UNKNOWN.string }, controller: { pods: [{ annotations }] } };
    expect(await saidOf(type, { chart: "nginx", values: nested })).toEqual([opaque]);
    expect(await saidOf(type, { chart: "nginx", values: {} }, "nginx:80:8192")).toEqual([opaque]);
  });

  it("is judged at the update where the declaration is not known before", async () => {
    const values = { podAnnotations: { "listen-backlog/services": UNKNOWN.string } };
    expect(await saidOf(type, { chart: "nginx", values })).toEqual([
      'backlog-can-be-judged: web: cannot be judged: values.podAnnotations["listen-backlog/services"] not known before the update, which judges it.',
    ]);
  });

  it("gets not a word where nothing is declared", async () => {
    expect(await saidOf(type, { chart: "nginx" })).toEqual([]);
    expect(await saidOf(type, { chart: "nginx", values: UNKNOWN.object })).toEqual([]);
    expect(await saidOf(type, { chart: "nginx", values: { somaxconn: UNKNOWN.number } })).toEqual([]);
  });
});
