import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptQueueCapacity,
  effectiveAfterChange,
  effectiveBacklog,
  fastOpenQueueBound,
} from "../../../backlog/kernel";

const INT_MAX = 2147483647;
const somaxconns = fc.integer({ min: 0, max: INT_MAX });

describe("effectiveBacklog", () => {
  it.each([
    [511, 4096, 511],
    [511, 128, 128],
    [4096, 4096, 4096],
    [0, 4096, 0],
    [-1, 4096, 4096],
    [-2147483648, 100, 100],
    [4294967295, 4096, 4096],
    [INT_MAX, 65536, 65536],
    [511, 0, 0],
  ])("listen(%d) under somaxconn %d gives %d", (declared, somaxconn, expected) => {
    expect(effectiveBacklog(declared, somaxconn)).toBe(expected);
  });

  it.each([
    ["3.10", 65536, 0],
    ["4.0", 65537, 1],
    ["4.0", 65535, 65535],
    ["4.1", 65536, 65536],
    ["6.1.0-18-amd64", 65536, 65536],
  ])("on kernel %s, listen(%d) without a cap gives %d", (kernel, declared, expected) => {
    expect(effectiveBacklog(declared, INT_MAX, { kernel })).toBe(expected);
  });

  it("never exceeds somaxconn, and any negative number reaches it", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: INT_MAX }), somaxconns, (declared, somaxconn) => {
        const effective = effectiveBacklog(declared, somaxconn);
        expect(effective).toBeLessThanOrEqual(somaxconn);
        expect(effective).toBe(declared < 0 ? somaxconn : Math.min(declared, somaxconn));
      }),
    );
  });

  it.each([
    [1.5, 4096],
    [NaN, 4096],
    [-2147483649, 4096],
    [4294967296, 4096],
    [511, -1],
    [511, 2147483648],
    [511, 1.5],
  ])("throws for listen(%d) under somaxconn %d", (declared, somaxconn) => {
    expect(() => effectiveBacklog(declared, somaxconn)).toThrow(RangeError);
  });
});

describe("effectiveAfterChange", () => {
  it("keeps the effective backlog until a re-listen, whichever way somaxconn went", () => {
    fc.assert(
      fc.property(somaxconns, somaxconns, fc.integer({ min: 0, max: INT_MAX }), (before, after, declared) => {
        const effective = effectiveBacklog(declared, before);
        const change = { effective, declared, somaxconn: after };
        expect(effectiveAfterChange({ ...change, relistened: false })).toBe(effective);
        expect(effectiveAfterChange({ ...change, relistened: true })).toBe(effectiveBacklog(declared, after));
      }),
    );
  });

  it("re-listens by the rule of its kernel", () => {
    const change = { effective: 128, declared: 65536, somaxconn: INT_MAX, relistened: true };
    expect(effectiveAfterChange({ ...change, kernel: "3.10" })).toBe(0);
  });
});

describe("acceptQueueCapacity", () => {
  it("is one more than the effective backlog, on every socket", () => {
    expect(acceptQueueCapacity(0)).toBe(1);
    expect(acceptQueueCapacity(4096)).toBe(4097);
    expect(acceptQueueCapacity(3, 4)).toBe(16);
    expect(() => acceptQueueCapacity(-1)).toThrow("effective backlog: given -1");
    expect(() => acceptQueueCapacity(1, 0)).toThrow("listeners: given 0");
  });
});

describe("fastOpenQueueBound", () => {
  it("is capped by somaxconn", () => {
    expect(fastOpenQueueBound(500, 40)).toBe(40);
    expect(fastOpenQueueBound(7, 40)).toBe(7);
  });
});
