import { describe, expect, it } from "vitest";
import { validateSizing } from "../../../backlog/sizing";

const good = { arrivalRate: 5000, acceptRate: 20_000, stallSeconds: 0.5 };

describe("validateSizing", () => {
  it("accepts the least and the most that can be given", () => {
    expect(validateSizing(good)).toEqual([]);
    expect(
      validateSizing({ ...good, stallSeconds: 0, rttSeconds: 0, memoryBytes: 1, reuseportListeners: 1 }),
    ).toEqual([]);
    const most = {
      arrivalRate: 10_000_000,
      acceptRate: 10_000_000,
      stallSeconds: 3600,
      rttSeconds: 60,
      latencyBudgetSeconds: 3600,
      memoryBytes: Number.MAX_SAFE_INTEGER,
      reuseportListeners: 4096,
      balancerRetriesElsewhere: true,
    };
    expect(validateSizing(most)).toEqual([]);
  });

  it.each([
    ["arrivalRate", 0],
    ["arrivalRate", -1],
    ["arrivalRate", "5000"],
    ["arrivalRate", undefined],
    ["arrivalRate", Number.NaN],
    ["arrivalRate", Infinity],
    ["acceptRate", 0],
    ["acceptRate", null],
    ["stallSeconds", -0.1],
    ["stallSeconds", 3601],
    ["stallSeconds", undefined],
    ["rttSeconds", 61],
    ["rttSeconds", "0.1"],
    ["latencyBudgetSeconds", 0],
    ["memoryBytes", 0],
    ["memoryBytes", 1.5],
    ["reuseportListeners", 0],
    ["reuseportListeners", 1.5],
    ["reuseportListeners", 4097],
    ["balancerRetriesElsewhere", "true"],
  ])("refuses %s = %s, and says what is allowed and what to give instead", (field, value) => {
    const problems = validateSizing({ ...good, [field]: value }, "size");
    expect(problems.map((p) => p.path)).toEqual([`size.${field}`]);
    expect(problems[0]?.allowed).not.toBe("");
    expect(problems[0]?.fix).not.toBe("");
  });

  it("names all bad fields at once, and fields that it does not know", () => {
    const problems = validateSizing({ arrivalRate: -1, acceptRate: 0, stallSecond: 1 });
    expect(problems.map((p) => p.path)).toEqual([
      "sizing.arrivalRate",
      "sizing.acceptRate",
      "sizing.stallSeconds",
      "sizing",
    ]);
    expect(problems[3]?.given).toBe('field "stallSecond"');
  });

  it.each([undefined, null, 5, "x", [good]])("refuses what is no object: %s", (value) => {
    expect(validateSizing(value)).toHaveLength(1);
  });
});
