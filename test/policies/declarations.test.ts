import { describe, expect, it } from "vitest";
import { analyze, policiesOf, said, type Resource } from "./support/analyzer";
import { base64, sets } from "./support/baselines";

const LOW = sets("net.core.somaxconn = 4096");
const brief = async (resource: Resource) =>
  (await said(resource)).map((line) => line.replace(/ Cause: .* Fix: /, " Fix: "));
const instance = (props: Record<string, unknown>): Resource => ({
  type: "aws:ec2/instance:Instance",
  props: { userData: LOW, userDataReplaceOnChange: true, ...props },
});
const SERVICES = "nginx:80:8192";
const CUT =
  "somaxconn-covers-backlog: web: nginx: wanted net.core.somaxconn >= 8192, got 4096. Fix: set net.core.somaxconn = 8192";
const MISTAKEN = (what: string, key: string) =>
  `somaxconn-covers-backlog: web: ${what}: wanted the declaration under ${key}, got another name. Fix: write ${key}`;

describe("a declaration under a name that nothing reads", () => {
  it.each([
    "Listen-Backlog:Services",
    "listen-backlog:service",
    "listen-backlog/services",
    "listen_backlog:services",
    " listen-backlog:services",
  ])("is refused as a tag: %j", async (key) => {
    expect(await brief(instance({ tags: { [key]: SERVICES } }))).toEqual([
      MISTAKEN(`tag ${JSON.stringify(key)}`, "listen-backlog:services"),
    ]);
  });

  it("is refused in a list of tags, as an annotation, and as metadata", async () => {
    const type = "aws-native:ec2:Instance";
    expect(
      await brief({
        type,
        props: { userData: base64(LOW), tags: [{ key: "listen-backlog/services", value: SERVICES }] },
      }),
    ).toEqual([MISTAKEN('tag "listen-backlog/services"', "listen-backlog:services")]);
    expect(
      await brief({
        type: "kubernetes:core/v1:Pod",
        props: { metadata: { annotations: { "listen-backlog:services": SERVICES } }, spec: {} },
      }),
    ).toEqual([MISTAKEN('annotation "listen-backlog:services"', "listen-backlog/services")]);
    expect(
      await brief({
        type: "gcp:compute/instance:Instance",
        props: { metadata: { "listen-backlog:services": SERVICES, "user-data": LOW } },
      }),
    ).toEqual([MISTAKEN('metadata "listen-backlog:services"', "listen-backlog-services")]);
  });

  it("is nobody's where the right one is there too, or where it is about something else", async () => {
    expect(
      await brief(
        instance({ tags: { "listen-backlog:services": SERVICES, "listen-backlog:service": "nginx" } }),
      ),
    ).toEqual([CUT]);
    expect(
      await brief(instance({ tags: { "listen-backlog:owner": "team-a", "backlog:services": "jira" } })),
    ).toEqual([]);
  });
});

describe("a declaration that is no text", () => {
  it.each([4096, true, ["nginx:80:8192"], { nginx: 8192 }])("is refused: %j", async (value) => {
    expect(await brief(instance({ tags: { "listen-backlog:services": value } }))).toEqual([
      "somaxconn-covers-backlog: web: tag listen-backlog:services: wanted name[:port[:backlog]], separated by spaces or commas, got no text. Fix: write it as text",
    ]);
  });

  it("is none where it is nothing, as programs send what they leave out", async () => {
    expect(await brief(instance({ tags: { "listen-backlog:services": null } }))).toEqual([]);
  });
});

describe("user data of nothing", () => {
  it.each(["", "\n", null])("is none: %j", async (userData) => {
    expect(await brief(instance({ userData, tags: { "listen-backlog:services": SERVICES } }))).toEqual([
      "backlog-can-be-judged: web: cannot be judged: whether 8192 of nginx is covered: nothing here sets net.core.somaxconn, so that the image decides, and the kernel's default is 4096.",
    ]);
  });

  it.each(["", null])("gives way to the other property, and to a launch template: %j", async (userData) => {
    const tags = { "listen-backlog:services": SERVICES };
    expect(await brief(instance({ userData, userDataBase64: base64(LOW), tags }))).toEqual([CUT]);
    expect(await brief(instance({ userData, launchTemplate: { id: "lt-1" }, tags }))).toEqual([
      expect.stringContaining("its launch template brings it"),
    ]);
  });
});

describe("a machine of a package that nobody knows", () => {
  const type = "alicloud:ecs/instance:Instance";
  const tags = { "listen-backlog:services": SERVICES };

  it("is judged where it carries a declaration and user data", async () => {
    expect(await brief({ type, props: { userData: LOW, tags } })).toEqual([CUT]);
  });

  it("is none without either, as most that have the tags of everything else of a stack", async () => {
    for (const props of [{ userData: LOW }, { tags }, { tags, userDatum: LOW }]) {
      expect(await analyze(policiesOf(), { type, props })).toMatchObject({ violations: [] });
    }
  });
});
