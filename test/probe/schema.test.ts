import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, REPORT_SCHEMA, ReportError } from "../../probe";
import { violations } from "./support/json-schema";
import { SCHEMA } from "./support/report-schema";
import { UNDECIDED, WHOLE } from "./support/reports";

type Path = readonly (string | number)[];

/** Every path to a value in a document. */
function paths(value: unknown, above: Path = []): Path[] {
  const here = above.length === 0 ? [] : [above];
  if (typeof value !== "object" || value === null) {
    return here;
  }
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [...here, ...entries.flatMap(([key, inner]) => paths(inner, [...above, key]))];
}

interface Change {
  readonly path: Path;
  /** Instead of what is there; without it, the field goes. */
  readonly value?: unknown;
}

function changed(document: unknown, changes: readonly Change[]): unknown {
  const copy = structuredClone(document);
  for (const change of changes) {
    let inner: unknown = copy;
    for (const key of change.path.slice(0, -1)) {
      inner = isObject(inner) ? inner[key] : undefined;
    }
    const last = change.path.at(-1) ?? "";
    // An earlier change may have taken away what this one is about.
    if (isObject(inner)) {
      if ("value" in change) {
        inner[last] = change.value;
      } else if (Array.isArray(inner)) {
        inner.splice(Number(last), 1);
      } else {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a field that is missing is the point
        delete inner[last];
      }
    }
  }
  return copy;
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

function isAccepted(document: unknown): boolean {
  try {
    parseDocument(JSON.stringify(document));
    return true;
  } catch (error) {
    if (error instanceof ReportError) {
      return false;
    }
    throw error;
  }
}

describe("the schema of the report", () => {
  it("is a published, versioned JSON Schema that names no place", () => {
    expect(SCHEMA).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "urn:listen-backlog:report:1",
      properties: { schema: { const: REPORT_SCHEMA } },
    });
  });

  it("describes reports that are whole, and those that decide nothing", () => {
    for (const document of [WHOLE, UNDECIDED]) {
      expect(violations(SCHEMA, document)).toEqual([]);
      expect(isAccepted(document)).toBe(true);
    }
  });

  it("says where a document breaks it", () => {
    expect(violations(SCHEMA, { ...WHOLE, unseen: ["\u001b[2J"] })).toEqual(["/unseen/0: pattern"]);
    expect(violations(SCHEMA, { ...WHOLE, verdict: "fine" })).toEqual(["/verdict: enum"]);
    expect(violations(SCHEMA, changed(WHOLE, [{ path: ["services", 0, "wanted"] }]))).toEqual([
      "/services/0/wanted: required",
    ]);
  });

  it("accepts a document if and only if the reading of it does, whatever one field is", () => {
    const values = [
      "",
      "x",
      "\u00e9",
      "\n",
      0,
      -1,
      1.5,
      2 ** 53,
      null,
      true,
      [],
      {},
      [null],
      "unknown",
      "error",
    ];
    let accepted = 0;
    let refused = 0;
    for (const document of [WHOLE, UNDECIDED]) {
      for (const path of paths(document)) {
        for (const change of [{ path }, ...values.map((value) => ({ path, value }))]) {
          const mutant = changed(document, [change]);
          const holds = violations(SCHEMA, mutant).length === 0;
          expect(isAccepted(mutant), JSON.stringify(change)).toBe(holds);
          if (holds) {
            accepted++;
          } else {
            refused++;
          }
        }
      }
    }
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(500);
  });

  it("accepts a document if and only if the reading of it does, whatever several fields are", () => {
    const both = fc.constantFrom<unknown>(WHOLE, UNDECIDED);
    const mutants = both.chain((document) =>
      fc
        .array(
          fc.record(
            {
              path: fc.constantFrom(...paths(document), ["verdict"], ["reason"], ["findings"]),
              value: fc.jsonValue(),
            },
            { requiredKeys: ["path"] },
          ),
          { maxLength: 4 },
        )
        .map((changes) => changed(document, changes)),
    );
    fc.assert(
      fc.property(fc.oneof(mutants, fc.jsonValue()), (mutant) => {
        expect(isAccepted(mutant)).toBe(violations(SCHEMA, mutant).length === 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the validator of the tests", () => {
  it("knows every keyword that a schema uses, or says so", () => {
    expect(() => violations({ multipleOf: 2 }, 4)).toThrow(
      "a keyword that this validator does not know: multipleOf",
    );
    expect(() => violations({ $ref: "#/$defs/none" }, 4)).toThrow("the schema has no #/$defs/none");
  });
});
