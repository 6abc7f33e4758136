import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  defaultFor,
  findSetting,
  isPerNamespace,
  SETTINGS,
  validateSettingValue,
} from "../../../backlog/settings";

describe("SETTINGS", () => {
  it("has each key and each name once", () => {
    expect(new Set(SETTINGS.map((s) => s.key)).size).toBe(SETTINGS.length);
    expect(new Set(SETTINGS.map((s) => s.name)).size).toBe(SETTINGS.length);
    expect(SETTINGS.map((s) => s.name)).toEqual([
      "somaxconn",
      "tcpMaxSynBacklog",
      "tcpSyncookies",
      "tcpAbortOnOverflow",
      "tcpSynackRetries",
      "tcpFastopen",
      "netdevMaxBacklog",
      "fsFileMax",
      "fsNrOpen",
    ]);
  });

  it.each(SETTINGS)("$key: its facts are complete and agree with each other", (s) => {
    for (const text of [s.unit, s.suggestion, s.bounds, s.doesNotBound, s.source]) {
      expect(text).not.toBe("");
    }
    // Ours is within the kernel's, and says why wherever it is narrower.
    expect(BigInt(s.min)).toBeGreaterThanOrEqual(s.kernelMin);
    expect(BigInt(s.max)).toBeLessThanOrEqual(s.kernelMax);
    const narrower = BigInt(s.min) !== s.kernelMin || BigInt(s.max) !== s.kernelMax;
    expect(s.whyNarrower !== "").toBe(narrower);
    for (const [test] of s.source.matchAll(/test\/\S+\.test\.ts/g)) {
      expect(existsSync(join(__dirname, "../../..", test)), test).toBe(true);
    }
    expect(s.scope === "network-namespace").toBe(s.namespacedSince !== undefined);
    for (const { value } of s.defaults) {
      if (value !== "computed") {
        expect(validateSettingValue(s.key, value, "")).toBeUndefined();
      }
    }
  });

  it("finds a setting by key and by name, and nothing else", () => {
    expect(findSetting("net.core.somaxconn")).toBe(findSetting("somaxconn"));
    expect(findSetting("net/core/somaxconn")).toBeUndefined();
    expect(findSetting("constructor")).toBeUndefined();
  });
});

describe("defaultFor", () => {
  it.each([
    ["3.10.0-1160.el7.x86_64", 128],
    ["4.14.355-275.570.amzn2", 128],
    ["5.3", 128],
    ["5.4", 4096],
    ["5.10.230-223.885.amzn2", 4096],
    ["6.1.0-18-cloud-amd64", 4096],
    [undefined, 4096],
  ])("somaxconn on kernel %s is %d", (kernel, value) => {
    expect(defaultFor("somaxconn", kernel)).toBe(value);
  });

  it("has no constant for what the kernel computes, and none for kernels older than the table", () => {
    expect(defaultFor("tcpMaxSynBacklog")).toBeUndefined();
    expect(defaultFor("fs.file-max", "6.1")).toBeUndefined();
    expect(defaultFor("somaxconn", "2.6.32")).toBeUndefined();
  });

  it("throws for what is no kernel release", () => {
    expect(() => defaultFor("somaxconn", "latest")).toThrow('kernel: given "latest"');
  });
});

describe("isPerNamespace", () => {
  it.each([
    ["somaxconn", "4.14", true],
    ["tcpMaxSynBacklog", "4.10", false],
    ["tcpMaxSynBacklog", "4.11", true],
    ["tcpAbortOnOverflow", "4.14", false],
    ["tcpAbortOnOverflow", undefined, true],
    ["netdevMaxBacklog", undefined, false],
    ["fsFileMax", undefined, false],
  ] as const)("%s on kernel %s: %s", (name, kernel, expected) => {
    expect(isPerNamespace(name, kernel)).toBe(expected);
  });
});
