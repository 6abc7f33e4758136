import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { Memory } from "../../policies/memory";
import { analyze, policiesOf, remediate, UNKNOWN, type Resource } from "./support/analyzer";
import { sets } from "./support/baselines";

/** Properties as the SDK hands them to a policy. */
const asGiven = (props: object) =>
  (unknownCheckingProxy as unknown as (props: object) => object)(structuredClone(props));

describe("what was found out about a resource", () => {
  const props = { userData: "a", tags: { Name: "web" }, list: [1, { a: null }] };

  it("is remembered for a copy of the same properties, and for the same question", () => {
    const memory = new Memory<number>();
    let asked = 0;
    const ask = (of: object, question = "q", urn = "u") =>
      memory.recall(urn, asGiven(of), question, () => ++asked);
    expect([ask(props), ask(props), ask(props)]).toEqual([1, 1, 1]);
    expect(ask(props, "other")).toBe(2);
    expect(ask(props)).toBe(1);
    expect(ask(props, "q", "another")).toBe(3);
  });

  it.each<[string, object]>([
    ["another value", { ...props, userData: "b" }],
    ["one more", { ...props, more: 1 }],
    ["one less", { userData: "a", tags: props.tags }],
    ["something deeper", { ...props, tags: { Name: "db" } }],
    ["another item", { ...props, list: [1, { a: 1 }] }],
    ["a longer list", { ...props, list: [1, { a: null }, 2] }],
    ["what was not known before", { ...props, userData: UNKNOWN.string }],
  ])("is asked again for %s", (_, changed) => {
    const memory = new Memory<number>();
    let asked = 0;
    const ask = (of: object) => memory.recall("u", asGiven(of), "q", () => ++asked);
    expect([ask(props), ask(changed), ask(props)]).toEqual([1, 2, 3]);
  });

  it("is never remembered of properties that come another way, and not of too many resources", () => {
    const memory = new Memory<number>();
    let asked = 0;
    expect([1, 2].map(() => memory.recall("u", props, "q", () => ++asked))).toEqual([1, 2]);
    const ask = (urn: string) => memory.recall(urn, asGiven(props), "q", () => ++asked);
    ask("first");
    for (let index = 0; index < 1000; index++) {
      ask(`u${index}`);
    }
    const before = asked;
    expect([ask("first"), ask("u999")]).toEqual([before + 1, before]);
  });

  it("is forgotten when a policy mends the resource, or the update knows more", async () => {
    const policies = policiesOf();
    const bad: Resource = {
      type: "aws:ec2/instance:Instance",
      props: {
        userData: sets("net.core.somaxconn = 1024"),
        userDataReplaceOnChange: true,
        tags: { "listen-backlog:services": "nginx:80:8192" },
      },
    };
    const asked = async (resource: Resource) =>
      (await analyze(policies, resource)).violations.map(({ policy }) => policy);
    expect(await asked({ ...bad, props: { ...bad.props, userData: UNKNOWN.string } })).toEqual([
      "backlog-can-be-judged",
    ]);
    expect(await asked(bad)).toEqual(["somaxconn-covers-backlog"]);
    const [mended] = await remediate(policies, bad);
    expect(await asked({ ...bad, props: mended?.properties })).toEqual([]);
    expect(await asked(bad)).toEqual(["somaxconn-covers-backlog"]);
  });
});
