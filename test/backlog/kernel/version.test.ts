import { describe, expect, it } from "vitest";
import { kernelAtLeast, parseKernelVersion, validateKernelVersion } from "../../../backlog/kernel";

describe("kernel releases", () => {
  it.each([
    ["6.1.0-18-cloud-amd64", 6, 1],
    ["5.10.230-223.885.amzn2.x86_64", 5, 10],
    ["3.10.0-1160.el7.x86_64", 3, 10],
    ["6.18", 6, 18],
    ["6.8.0-1021-aws", 6, 8],
    ["5.15.167.4-microsoft-standard-WSL2", 5, 15],
    ["6.12.0+bpo-amd64", 6, 12],
    ["6.12-rc3", 6, 12],
  ])("reads %s", (release, major, minor) => {
    expect(parseKernelVersion(release)).toEqual({ major, minor });
    expect(validateKernelVersion(release, "kernel")).toBeUndefined();
  });

  it.each(["", "6", "v6.1", "latest", "6.1\n", "6.1 #1", "6.x", `6.1.${"9".repeat(200)}`])(
    "refuses %j",
    (release) => {
      expect(parseKernelVersion(release)).toBeUndefined();
      expect(validateKernelVersion(release, "kernel")?.path).toBe("kernel");
    },
  );

  it("refuses what is no string", () => {
    expect(validateKernelVersion(6.1, "kernel")).toMatchObject({ given: "6.1" });
    expect(validateKernelVersion(null, "kernel")).toMatchObject({ given: "null" });
  });

  it("compares numbers, not text", () => {
    expect(kernelAtLeast("5.10", "5.4")).toBe(true);
    expect(kernelAtLeast("4.9", "4.14")).toBe(false);
    expect(kernelAtLeast("6.0", "5.19")).toBe(true);
    expect(kernelAtLeast("5.4", "5.4")).toBe(true);
    expect(kernelAtLeast(undefined, "99.0")).toBe(true);
    expect(() => kernelAtLeast("nonsense", "5.4")).toThrow(RangeError);
  });
});
