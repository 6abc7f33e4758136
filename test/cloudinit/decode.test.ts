import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, decodeUserData, decodeUtf8, gunzip } from "../../cloudinit/decode";
import { READ_LIMIT } from "../../cloudinit/limits";

const TEXT = "#!/bin/sh\necho grüße\n";
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");

describe("decodeUserData", () => {
  it.each([
    ["text", TEXT, []],
    ["nothing", "", []],
    ["base64", base64(TEXT), ["base64"]],
    ["base64 in lines", base64(TEXT).replace(/.{10}/g, "$&\r\n"), ["base64"]],
    ["gzip in base64", base64(gzipSync(TEXT)), ["base64", "gzip"]],
    ["bytes", Buffer.from(TEXT), []],
    ["bytes of gzip", gzipSync(TEXT), ["gzip"]],
  ] as const)("opens %s", (name, given, wrappings) => {
    expect(decodeUserData(given)).toEqual({ ok: true, text: name === "nothing" ? "" : TEXT, wrappings });
  });

  it("takes off one layer of base64, not two, and of bytes none", () => {
    expect(decodeUserData(base64(base64(TEXT)))).toEqual({ ok: false, failure: "base64-twice" });
    expect(decodeUserData(Buffer.from(base64(TEXT)))).toEqual({ ok: false, failure: "base64-twice" });
  });

  it("says why it cannot, and where", () => {
    const packed = gzipSync(TEXT);
    const long = base64("x".repeat(60));
    expect(decodeUserData(packed.subarray(0, -9))).toEqual({ ok: false, failure: "truncated-gzip" });
    expect(decodeUserData(Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)]))).toEqual({
      ok: false,
      failure: "damaged-gzip",
    });
    expect(decodeUserData(long.slice(0, -1))).toEqual({ ok: false, failure: "wrong-base64", place: 80 });
    expect(decodeUserData(`${long.slice(0, 50)}!${long}`)).toEqual({
      ok: false,
      failure: "wrong-base64",
      place: 51,
    });
    expect(decodeUserData(Buffer.from([65, 66, 0xe9, 67]))).toEqual({
      ok: false,
      failure: "not-utf8",
      place: 3,
    });
    expect(decodeUserData(gzipSync(Buffer.alloc(READ_LIMIT + 1)))).toEqual({
      ok: false,
      failure: "too-long",
    });
    expect(decodeUserData("x".repeat(READ_LIMIT + 1))).toEqual({ ok: false, failure: "too-long" });
  });

  it("answers whatever comes in, and text that has what base64 has not as it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array(), fc.base64String()), (given) => {
        const decoded = decodeUserData(given);
        expect(decoded.ok || decoded.failure.length > 0).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(decodeUserData(`#${text}`)).toEqual({ ok: true, text: `#${text}`, wrappings: [] });
        // Encoded, a lone half of a character is the replacement character.
        const whole = Buffer.from(`#${text}`).toString();
        expect(decodeUserData(base64(whole))).toMatchObject({ text: whole });
      }),
    );
  });
});

describe("decodeBase64", () => {
  it.each(["a", "ab", "abc", "ab=", "a===", "ab==cd", "ab c", "abcd\t", "ab-_", "====", "=abc"])(
    "refuses %j, as Go does",
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  it("gives the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(base64(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe("decodeUtf8", () => {
  it("keeps a byte order mark, and finds the first wrong byte", () => {
    expect(decodeUtf8(Buffer.from("\ufeffa"))).toEqual({ text: "\ufeffa" });
    expect(decodeUtf8(Buffer.from([0xc3, 0xa9, 0xc3]))).toEqual({ place: 3 });
  });
});

describe("gunzip", () => {
  it("stops at the limit", () => {
    expect(gunzip(gzipSync("abc"), 3)).toEqual({ ok: true, bytes: Buffer.from("abc") });
    expect(gunzip(gzipSync("abcd"), 3)).toEqual({ ok: false, failure: "too-long" });
  });
});
