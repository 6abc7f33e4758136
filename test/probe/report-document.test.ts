import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SCHEMA } from "./support/report-schema";

const DOCUMENT = readFileSync(join(__dirname, "../../docs/report.md"), "utf8");

/** The name of every field that the schema describes, at any depth. */
function fields(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) {
    return [];
  }
  return Object.entries(schema).flatMap(([keyword, inner]: [string, unknown]) => [
    ...(keyword === "properties" && typeof inner === "object" && inner !== null ? Object.keys(inner) : []),
    ...fields(inner),
  ]);
}

describe("the reference of the report", () => {
  it("names every field of the schema", () => {
    const all = [...new Set(fields(SCHEMA))];
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter((name) => !DOCUMENT.includes(`\`${name}\``))).toEqual([]);
  });

  it("names every rule of the script", () => {
    const script = readFileSync(join(__dirname, "../../probe/listen-backlog-probe.sh"), "utf8");
    const rules = [...script.matchAll(/(?:find|note)\("([a-z-]+)"/g)].map(([, rule]) => rule ?? "");
    expect(new Set(rules).size).toBe(8);
    expect(rules.filter((rule) => !DOCUMENT.includes(`\`${rule}\``))).toEqual([]);
  });
});
