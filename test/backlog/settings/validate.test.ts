import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProblem, showGiven } from "../../../backlog/finding";
import { SETTINGS, validateSettingValue } from "../../../backlog/settings";

describe("validateSettingValue", () => {
  it.each(SETTINGS)(
    "$name: takes its range, and refuses the next number on both sides",
    ({ name, min, max }) => {
      expect(validateSettingValue(name, min, "p")).toBeUndefined();
      expect(validateSettingValue(name, max, "p")).toBeUndefined();
      expect(validateSettingValue(name, min - 1, "p")?.path).toBe("p");
      expect(validateSettingValue(name, max + 1, "p")?.path).toBe("p");
    },
  );

  it.each(SETTINGS)("$name: refuses whatever is no integer of JavaScript", ({ key }) => {
    for (const value of ["4096", "", 1.5, NaN, Infinity, -Infinity, null, undefined, true, [1], {}, 1n, -0]) {
      const found = validateSettingValue(key, value, "settings.x");
      expect(found, showGiven(value)).toMatchObject({ path: "settings.x" });
      expect(found?.allowed).toContain("an integer from");
      expect(found?.fix).not.toBe("");
    }
  });

  it.each([0, -1, 2147483648])("refuses somaxconn %d", (value) => {
    expect(validateSettingValue("somaxconn", value, "settings.somaxconn")).toMatchObject({
      given: String(value),
    });
  });

  it("says why somaxconn 0 is refused although the kernel takes it", () => {
    const found = validateSettingValue("somaxconn", 0, "settings.somaxconn");
    expect(found && formatProblem(found)).toBe(
      "settings.somaxconn: given 0; allowed: an integer from 1 to 2147483647 (connections per listening socket); with 0, every listener of the namespace gets an accept queue of one slot; instead: 4096, or the largest declared backlog",
    );
  });

  it("tells someone who wrote a string which number was meant, but only if it would pass", () => {
    expect(validateSettingValue("somaxconn", "8192", "p")?.fix).toBe("the number 8192, without quotes");
    expect(validateSettingValue("somaxconn", "0", "p")?.fix).toBe("4096, or the largest declared backlog");
    expect(validateSettingValue("somaxconn", "0x10", "p")?.fix).toBe("4096, or the largest declared backlog");
  });

  it.each([0, 1, 2, 3, 7, 0x203, 0x403, 0x607])("takes Fast Open bits %d", (value) => {
    expect(validateSettingValue("tcpFastopen", value, "p")).toBeUndefined();
  });

  it.each([8, 0x10, 0x100, 0x408])("refuses Fast Open bits that mean nothing: %d", (value) => {
    expect(validateSettingValue("tcpFastopen", value, "p")).toBeDefined();
  });

  it("refuses a setting that does not exist, and lists those that do", () => {
    const found = validateSettingValue("soMaxConn", 4096, "settings.soMaxConn");
    expect(found?.given).toBe('"soMaxConn"');
    expect(found?.allowed).toContain("somaxconn, tcpMaxSynBacklog");
  });

  it("accepts nothing but integers within the range, whatever is given", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETTINGS), fc.anything(), (setting, value) => {
        if (validateSettingValue(setting.key, value, "p") === undefined) {
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(setting.min);
          expect(value).toBeLessThanOrEqual(setting.max);
        }
      }),
    );
  });
});
