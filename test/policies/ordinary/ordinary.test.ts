import { describe, expect, it } from "vitest";

import { AWS } from "./aws";
import { AZURE, GCP, KUBERNETES, OTHERS } from "./others";
import type { Row } from "./row";
import { PLAIN_SERVERS } from "./servers";
import { analyzeStack } from "../support/analyzer";
import { POLICIES } from "../support/pack";
import { saidOf } from "../support/said";

const ORDINARY = [...AWS, ...KUBERNETES, ...AZURE, ...GCP, ...OTHERS];

const said = async ([type, props]: Row) =>
  (await saidOf(POLICIES, { type, props, name: "ordinary" })).map(
    ({ policy, level, message }) => `${policy} (${level}): ${message}`,
  );

const named = (rows: readonly Row[]) => rows.map((row, i): [string, Row] => [`${i + 1} ${row[0]}`, row]);

describe("what has nothing to do with servers", () => {
  it("is 200 resources", () => {
    expect(ORDINARY.length).toBeGreaterThanOrEqual(200);
  });

  it.each(named(ORDINARY))("%s: nothing to say", async (_, row) => {
    expect(await said(row)).toEqual([]);
  });

  it("has nothing to say of all of them as one stack", async () => {
    const resources = ORDINARY.map(([type, props], i) => ({ type, props, name: `ordinary-${i}` }));
    expect((await analyzeStack(POLICIES, resources)).violations).toEqual([]);
  });
});

describe("servers as they come", () => {
  it.each(named(PLAIN_SERVERS))("%s: nothing to say", async (_, row) => {
    expect(await said(row)).toEqual([]);
  });
});
