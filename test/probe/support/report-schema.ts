import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { violations } from "./json-schema";

/** The published schema of the report. */
export const SCHEMA: unknown = JSON.parse(
  readFileSync(join(__dirname, "../../../probe/report.schema.json"), "utf8"),
);

/** Expects that the output of a probe is one line for people and one document that the published schema describes. */
export function expectSchema(output: string): void {
  const lines = output.split("\n");
  expect(lines).toHaveLength(3);
  expect(violations(SCHEMA, JSON.parse(lines[1] ?? ""))).toEqual([]);
}
