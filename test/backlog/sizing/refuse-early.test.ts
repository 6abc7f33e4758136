import { describe, expect, it } from "vitest";
import { smallBacklogFacts, WHAT_REFUSES } from "../../../backlog/sizing";

describe("refusing early", () => {
  it("a backlog of 0 still holds one connection, and 4 holds 5", () => {
    expect(smallBacklogFacts(0)[0]).toContain("A backlog of 0 still holds 1 connection:");
    expect(smallBacklogFacts(4)[0]).toContain("A backlog of 4 still holds 5 connections:");
  });

  it("says that Linux drops in silence, and that tcp_abort_on_overflow does not change it", () => {
    const facts = smallBacklogFacts(0).join(" ");
    expect(facts).toContain("drops the SYN in silence");
    expect(facts).toContain("tcp_abort_on_overflow does not change that");
    expect(facts).toContain("handshakes beyond 1 within one round trip get SYN cookies");
  });

  it("names what really refuses, each with its limits", () => {
    expect(WHAT_REFUSES.length).toBeGreaterThanOrEqual(3);
    for (const refusal of WHAT_REFUSES) {
      expect(refusal.clientSees).not.toBe("");
      expect(refusal.limits).not.toBe("");
    }
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 31])("throws for what is no effective backlog: %s", (value) => {
    expect(() => smallBacklogFacts(value)).toThrow(RangeError);
  });
});
