import { describe, expect, it } from "vitest";
import { TYPES } from "../../policies/subjects";
import { said, UNKNOWN, type Resource } from "./support/analyzer";
import { BASELINES, resourceOf, type Baseline } from "./support/baselines";

/** What is said, up to the cause. */
const brief = async (resource: Resource) =>
  (await said(resource)).map((line) => line.replace(/ Cause: .*$/, ""));

/** The properties with one of them not known. */
function withUnknown(value: unknown, [name = "", ...rest]: readonly string[]): unknown {
  const copy: unknown = structuredClone(value);
  const found: unknown = Reflect.get(copy as object, name);
  const unknown =
    typeof found === "number" ? UNKNOWN.number : typeof found === "string" ? UNKNOWN.string : UNKNOWN.object;
  Reflect.set(copy as object, name, rest.length === 0 ? unknown : withUnknown(found, rest));
  return copy;
}

it("stand for every type that is read, each with something that can go wrong", () => {
  const types = BASELINES.filter(({ mutations }) => mutations.length > 0).map(({ type }) => type);
  expect(TYPES.filter((type) => !types.includes(type))).toEqual([]);
});

describe.each(BASELINES.map((baseline) => [baseline.type, baseline] as const))("%s", (_, baseline) => {
  it("has nothing to be said of it where it is good", async () => {
    expect(await said(resourceOf(baseline))).toEqual([]);
  });

  it.each(baseline.mutations.map((mutation) => [mutation.name, mutation] as const))(
    "gets exactly what is wrong: %s",
    async (_name, { change, said: lines, ignoreChanges }) => {
      expect(await brief({ ...resourceOf(baseline, change), ignoreChanges })).toEqual(lines);
    },
  );

  it.each(baseline.decides.map((path) => [path.join("."), path] as const))(
    "gets one note, and nothing else, where %s is not known",
    async (_name, path) => {
      const props = withUnknown(baseline.props, path) as Baseline["props"];
      expect(await brief(resourceOf({ ...baseline, props }))).toEqual(
        declares(baseline, path)
          ? [
              expect.stringMatching(
                /^backlog-can-be-judged: web: cannot be judged: \S+ not known before the update/,
              ),
            ]
          : [],
      );
    },
  );
});

/** A workload of which not even the name of a tag is known is like any other that declares nothing. */
function declares({ type }: Baseline, path: readonly string[]): boolean {
  return (
    !/TaskDefinition|docker:|containerservice/.test(type) ||
    !/tags|labels/.test(path[0] ?? "") ||
    path.includes("listen-backlog:services") ||
    path.includes("value")
  );
}
