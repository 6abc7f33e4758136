import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalKey, dottedForm, keyProblem, sameKey } from "../../../backlog/sysctld";

describe("canonicalKey", () => {
  it.each([
    ["net.core.somaxconn", "net.core.somaxconn"],
    ["net/core/somaxconn", "net.core.somaxconn"],
    ["net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter"],
    ["net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"],
    ["net.ipv4.conf.br-0a1b@if3.rp_filter", "net.ipv4.conf.br-0a1b@if3.rp_filter"],
    ["net.netfilter.nf_log.10", "net.netfilter.nf_log.10"],
  ])("reads %s as %s", (given, key) => {
    expect(canonicalKey(given)).toBe(key);
  });

  it.each([
    "",
    "somaxconn",
    ".net.core.somaxconn",
    "net.core.somaxconn.",
    "net..core.somaxconn",
    "net/./core/somaxconn",
    "net/../core/somaxconn",
    "-net.core.somaxconn",
    "net.-core.somaxconn",
    "net.core.somaxconn ",
    " net.core.somaxconn",
    "net.core.somax conn",
    "net.core.somaxconn=1",
    "net.core.somaxconn\nkernel.panic",
    "net.core.somaxconn\0",
    "net.core.somaxconn#",
    "net.core.somaxconn;",
    "net.core.*",
    "net.core.[s]omaxconn",
    "net.core.?omaxconn",
    "net.core.{somaxconn}",
    "net.core.$(id)",
    "net.core.s\u043emaxconn",
    "net\uFF0Ecore.somaxconn",
    "net\u2024core.somaxconn",
    "\uFEFFnet.core.somaxconn",
    "net.core.somaxconn\u2028",
    `net.${"a".repeat(255)}`,
  ])("refuses %j", (given) => {
    expect(canonicalKey(given)).toBeUndefined();
    expect(keyProblem("settings.extra", given)?.path).toBe("settings.extra");
  });

  it("says what was given, what is allowed and what to type", () => {
    expect(keyProblem("settings.extra", "net.core.s\u043emaxconn")).toEqual({
      path: "settings.extra",
      given: '"net.core.s\\u043emaxconn"',
      allowed: expect.stringContaining("ASCII") as string,
      fix: expect.stringContaining("net.core.somaxconn") as string,
    });
    expect(keyProblem("settings.extra", 5)?.given).toBe("5");
    expect(keyProblem("settings.extra", "net.core.somaxconn")).toBeUndefined();
  });

  it("is stable, and agrees with the form that the tools make of the spelling", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_:@+-]{0,5}$/);
    const spelling = fc
      .array(fc.tuple(word, fc.constantFrom(".", "/")), { minLength: 1, maxLength: 6 })
      .map((parts) =>
        parts.map(([text, separator], index) => (index === 0 ? text : separator + text)).join(""),
      );
    fc.assert(
      fc.property(spelling, (given) => {
        const key = canonicalKey(given);
        if (key === undefined) {
          // Only a key with a single component is left to refuse.
          expect(dottedForm(given)).not.toContain(".");
        } else {
          expect(key).toBe(dottedForm(given));
          expect(canonicalKey(key)).toBe(key);
          expect(sameKey(given, key)).toBe(true);
        }
      }),
    );
  });
});

describe("sameKey", () => {
  it("compares meanings, not spellings", () => {
    expect(sameKey("net/core/somaxconn", "net.core.somaxconn")).toBe(true);
    expect(sameKey("net/ipv4/conf/eth0.1/tag", "net.ipv4.conf.eth0/1.tag")).toBe(true);
    expect(sameKey("net.ipv4.conf.eth0.1.tag", "net.ipv4.conf.eth0/1.tag")).toBe(false);
    expect(sameKey("net.core.somaxconn", "net.core.Somaxconn")).toBe(false);
  });

  it("finds nothing equal to a spelling outside the grammar, not even itself", () => {
    expect(sameKey("net..core", "net..core")).toBe(false);
  });
});
