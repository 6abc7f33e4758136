import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { AlikeMemory, Memory } from "../../policies/memory";
import { readResource } from "../../policies/subjects";
import { analyze, policiesOf, remediate, UNKNOWN, type Resource } from "./support/analyzer";
import { BASELINES, resourceOf, sets } from "./support/baselines";

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

describe("what was found out about resources that say the same", () => {
  it("is remembered for the same question", () => {
    const memory = new AlikeMemory<number>();
    let asked = 0;
    const ask = (said: object, question = "q") => memory.recall(said, question, () => ++asked);
    expect([ask({ a: [1] }), ask({ a: [1] })]).toEqual([1, 1]);
    expect([ask({ a: [2] }), ask({ a: [1] }, "other"), ask({ a: [1] })]).toEqual([2, 3, 1]);
  });

  it("is not remembered of very much, and not of very many", () => {
    const memory = new AlikeMemory<number>();
    let asked = 0;
    const ask = (said: object) => memory.recall(said, "q", () => ++asked);
    const long = { text: "x".repeat(20_000) };
    expect([ask(long), ask(long)]).toEqual([1, 2]);
    ask({ first: true });
    for (let index = 0; index < 1000; index++) {
      ask({ index });
    }
    const before = asked;
    expect([ask({ first: true }), ask({ index: 999 })]).toEqual([before + 1, before]);
  });

  it.each(
    BASELINES.flatMap((baseline) =>
      baseline.mutations.map(({ name, change }) => [baseline, name, change] as const),
    ),
  )("is told apart by JSON, which loses nothing: $0.type, %s", (baseline, _, change) => {
    const { type, props = {} } = resourceOf(baseline, change);
    const reading = readResource({ type, urn: "urn", name: "web", props });
    expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
  });
});
