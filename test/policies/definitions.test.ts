import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPolicies, DEFINITIONS, RESOURCE_POLICIES, RULES_WITHOUT_POLICY } from "../../policies/all";
import { argumentName, POLICY_NAMES } from "../../policies/names";
import { EXAMPLE_DAY, MODEL_RULES, renderRules, runExample, speakerOf } from "../../policies/rules-md";
import { analyze, analyzeStack, policiesOf, urnOf, type Resource } from "./support/analyzer";

describe("the policies of the pack", () => {
  it("are those with a name, in that order, each with a file of its name", () => {
    expect(DEFINITIONS.map(({ name }) => name)).toEqual(POLICY_NAMES);
    expect(createPolicies().map(({ name }) => name)).toEqual(POLICY_NAMES);
    for (const name of POLICY_NAMES) {
      expect(readFileSync(join(__dirname, `../../policies/${name}.ts`), "utf8")).toContain(`name: "${name}"`);
      expect(argumentName(name)).toMatch(/^[a-z][A-Za-z]+$/);
    }
  });

  it("tell of themselves in full sentences", () => {
    for (const { displayName, description, cause, why, remediationSteps, tags } of DEFINITIONS) {
      expect(displayName).toMatch(/^[\x20-\x7e]*[^.]$/);
      for (const text of [description, cause, why, remediationSteps]) {
        expect(text).toMatch(/^[\x20-\x7e]*\.$/);
      }
      expect(description).toMatch(/^[A-Z]/);
      expect(tags.length).toBeGreaterThan(0);
    }
  });

  it("share the rules of the model among them: each has one policy, or a reason to have none", () => {
    const beside = ["declaration-is-valid", "declaration-is-visible"];
    const owned = RESOURCE_POLICIES.flatMap(({ rules }) => rules);
    expect([...owned, ...Object.keys(RULES_WITHOUT_POLICY)].sort()).toEqual(
      [...MODEL_RULES.map(({ id }) => id), ...beside].sort(),
    );
    expect(Object.values(RULES_WITHOUT_POLICY).every((why) => why.endsWith("."))).toBe(true);
  });
});

describe("RULES.md", () => {
  it("is what the definitions give: npx tsx policies/rules-md.ts > RULES.md", () => {
    expect(readFileSync(join(__dirname, "../../RULES.md"), "utf8")).toBe(renderRules());
  });

  it.each(DEFINITIONS.map((definition) => [definition.name, definition] as const))(
    "has an example of %s that finds exactly one thing, and another that finds nothing",
    (name, definition) => {
      expect(runExample(definition, definition.example.before).map(speakerOf)).toEqual([name]);
      expect(runExample(definition, definition.example.after)).toEqual([]);
    },
  );

  it.each(DEFINITIONS.map((definition) => [definition.name, definition] as const))(
    "says of the example of %s what the functions of the SDK say",
    async (_, definition) => {
      for (const example of [definition.example.before, definition.example.after]) {
        const { resources, settings } = example;
        const policies = policiesOf([], { shared: settings, now: () => EXAMPLE_DAY });
        const asked = resources.map((resource): Resource => {
          const on = resources.find(({ name }) => name === resource.dependsOn);
          return { ...resource, dependencies: on && [urnOf(on)] };
        });
        const verdicts = [];
        for (const resource of asked) {
          verdicts.push(await analyze(policies, resource));
        }
        if (definition.scope === "stack") {
          verdicts.push(await analyzeStack(policies, asked));
        }
        const lines = verdicts
          .flatMap(({ violations }) => violations)
          .map(({ policy, message }) => `${policy}: ${message.split("\n")[1] ?? ""}`);
        expect(lines).toEqual(runExample(definition, example));
      }
    },
  );
});

describe.each(
  DEFINITIONS.filter(({ name }) => name !== "exemptions-are-reviewed").map(
    (definition) => [definition.name, definition] as const,
  ),
)("an exemption from %s", (name, { example: { before } }) => {
  /** Which policies speak of the example, and what is said of the exemption. */
  const exempted = async (pattern: string, day: string) => {
    const exemption = { policy: name, pattern, reason: "replaced in the spring", expires: "2026-06-30" };
    const policies = policiesOf([], {
      shared: { ...before.settings, exemptions: [exemption] },
      now: () => new Date(day),
    });
    const verdicts = [];
    for (const resource of before.resources) {
      verdicts.push(await analyze(policies, resource));
    }
    verdicts.push(await analyzeStack(policies, before.resources));
    const violations = verdicts.flatMap(({ violations: all }) => all);
    return {
      speaks: violations.some(({ policy }) => policy === name),
      expiryIsSaid: violations.some(
        ({ policy, message }) => policy === name && message.includes("exempted until 2026-06-30"),
      ),
      reviews: violations
        .filter(({ policy }) => policy === "exemptions-are-reviewed")
        .map(({ message }) => /exempted from \S+ until|was not needed/.exec(message)?.[0]),
    };
  };

  it("exempts, and is shown", async () => {
    expect(await exempted("*", "2026-06-30")).toEqual({
      speaks: false,
      expiryIsSaid: false,
      reviews: [`exempted from ${name} until`],
    });
  });

  it("exempts no longer after its last day, and that is said", async () => {
    expect(await exempted("*", "2026-07-01")).toEqual({ speaks: true, expiryIsSaid: true, reviews: [] });
  });

  it("is not needed where it is about something else", async () => {
    expect(await exempted("somebody-else", "2026-06-30")).toEqual({
      speaks: true,
      expiryIsSaid: false,
      reviews: ["was not needed"],
    });
  });
});
