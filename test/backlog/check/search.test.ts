import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largestWhere, smallestWhere } from "../../../backlog/check/search";

const range = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.nat({ max: 100 }))
  .map(([min, length]) => ({ min, max: min + length }));

describe("the number that would do", () => {
  it("is the first that does, as one by one would find it", () => {
    fc.assert(
      fc.property(range, fc.integer({ min: -60, max: 170 }), ({ min, max }, from) => {
        const all = Array.from({ length: max - min + 1 }, (_, i) => min + i);
        expect(smallestWhere(min, max, (n) => n >= from)).toBe(all.find((n) => n >= from));
        expect(largestWhere(min, max, (n) => n <= from)).toBe(all.filter((n) => n <= from).at(-1));
      }),
    );
  });

  it("is found among all numbers of 31 bits in some thirty questions", () => {
    let asked = 0;
    const found = smallestWhere(0, 2147483647, (n) => {
      asked++;
      return n >= 1234567890;
    });
    expect(found).toBe(1234567890);
    expect(asked).toBeLessThanOrEqual(33);
  });
});
