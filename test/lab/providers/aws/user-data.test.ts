import { describe, expect, it } from "vitest";

import { isBase64, refuseSize, userDataBytes } from "../../../../lab/providers/aws/user-data";
import { UNKNOWN } from "../../../../lab/providers/rpc/value";

describe("user data", () => {
  it("arrives as it is, in UTF-8", () => {
    expect(userDataBytes({ userData: "#cloud-config\n# ä\n" })?.toString()).toBe("#cloud-config\n# ä\n");
  });

  it("arrives decoded when it happens to be base64: it is encoded once only", () => {
    expect(userDataBytes({ userData: "abcd" })).toEqual(Buffer.from("abcd", "base64"));
    expect(userDataBytes({ userData: "I2Nsb3VkLWNvbmZpZwo=\n" })?.toString()).toBe("#cloud-config\n");
  });

  it("arrives decoded from userDataBase64, whatever the bytes are", () => {
    const bytes = Buffer.from([0x1f, 0x8b, 0, 255]);
    expect(userDataBytes({ userDataBase64: bytes.toString("base64") })).toEqual(bytes);
  });

  it("is empty when there is none, and undefined when it is not known", () => {
    expect(userDataBytes({})).toEqual(Buffer.alloc(0));
    expect(userDataBytes({ userData: UNKNOWN })).toBeUndefined();
  });

  it("is limited to 16,384 raw bytes", () => {
    expect(refuseSize(Buffer.alloc(16_384))).toBeUndefined();
    expect(refuseSize(Buffer.alloc(16_385))).toContain("User data is limited to 16384 bytes");
  });

  // What Go's base64.StdEncoding.DecodeString accepts.
  it.each([
    ["", true],
    ["abcd", true],
    ["ab==", true],
    ["abc=", true],
    ["ab\r\ncd", true],
    ["abc", false],
    ["ab=", false],
    ["====", false],
    ["a===", false],
    ["ab==cd", false],
    ["ab_d", false],
    ["ab cd", false],
  ])("takes %j for base64: %s", (text, expected) => {
    expect(isBase64(text)).toBe(expected);
  });
});
