import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyze, analyzeStack, policiesOf, remediate, type Resource } from "./support/analyzer";
import { BASELINES } from "./support/baselines";

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

function isProps(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
