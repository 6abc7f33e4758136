import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countersFor,
  dropFacts,
  synQueueBound,
  synVerdict,
  type DropSituation,
} from "../../../backlog/kernel";

const settings = fc.record({
  effective: fc.integer({ min: 0, max: 300 }),
  tcpSyncookies: fc.integer({ min: 0, max: 2 }),
  tcpMaxSynBacklog: fc.integer({ min: 0, max: 400 }),
});

describe("synQueueBound", () => {
  it("is where SYNs one by one end, and says rightly what comes then", () => {
    fc.assert(
      fc.property(settings, (s) => {
        let synQueue = 0;
        let verdict = synVerdict({ ...s, synQueue, acceptQueue: 0 });
        while (verdict.answer === "queued") {
          synQueue++;
          verdict = synVerdict({ ...s, synQueue, acceptQueue: 0 });
        }
        const bound = synQueueBound(s);
        expect(bound.held).toBe(synQueue);
        expect(bound.beyond).toBe(verdict.situation);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves tcp_max_syn_backlog alone while tcp_syncookies is 1 or 2", () => {
    expect(synQueueBound({ effective: 128, tcpSyncookies: 1 })).toEqual({
      held: 129,
      limitedBy: "effective backlog",
      beyond: "syn-queue-full-cookie-sent",
    });
    expect(synQueueBound({ effective: 128, tcpSyncookies: 1, tcpMaxSynBacklog: 0 }).held).toBe(129);
    expect(synQueueBound({ effective: 128, tcpSyncookies: 2 }).held).toBe(0);
  });

  it("keeps the last quarter of tcp_max_syn_backlog for proven peers while tcp_syncookies is 0", () => {
    const s = { effective: 128, tcpSyncookies: 0, tcpMaxSynBacklog: 64 };
    expect(synQueueBound(s)).toEqual({
      held: 49,
      limitedBy: "tcp_max_syn_backlog",
      beyond: "syn-over-max-syn-backlog",
    });
    expect(synVerdict({ ...s, synQueue: 49, acceptQueue: 0 }).answer).toBe("dropped");
    expect(synVerdict({ ...s, synQueue: 49, acceptQueue: 0, provenPeer: true }).answer).toBe("queued");
    expect(synVerdict({ ...s, synQueue: 129, acceptQueue: 0, provenPeer: true }).answer).toBe("dropped");
  });

  it("cannot be told without tcp_max_syn_backlog while tcp_syncookies is 0", () => {
    expect(() => synQueueBound({ effective: 128, tcpSyncookies: 0 })).toThrow(
      "tcp_max_syn_backlog: given nothing",
    );
  });

  it.each([
    { effective: -1, tcpSyncookies: 1 },
    { effective: 1, tcpSyncookies: 3 },
    { effective: 1, tcpSyncookies: 0, tcpMaxSynBacklog: -1 },
    { effective: 1.5, tcpSyncookies: 1 },
  ])("throws for %j", (s) => {
    expect(() => synQueueBound(s)).toThrow(RangeError);
  });
});

describe("synVerdict", () => {
  it("drops every SYN that finds the accept queue full, cookies or not", () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 0, max: 300 }), (s, synQueue) => {
        const verdict = synVerdict({ ...s, synQueue, acceptQueue: s.effective + 1 });
        expect(verdict.answer).toBe("dropped");
        expect(verdict.counters).toContain("ListenDrops");
      }),
    );
  });

  it("lets a SYN in while the accept queue has one slot left", () => {
    const s = { effective: 16, tcpSyncookies: 1, synQueue: 0 };
    expect(synVerdict({ ...s, acceptQueue: 16 })).toEqual({ answer: "queued", counters: [] });
    expect(synVerdict({ ...s, acceptQueue: 17 })).toMatchObject({ situation: "syn-finds-accept-queue-full" });
  });
});

describe("dropFacts", () => {
  const situations: DropSituation[] = [
    "syn-finds-accept-queue-full",
    "ack-finds-accept-queue-full",
    "ack-finds-accept-queue-full-and-is-reset",
    "syn-queue-full-cookie-sent",
    "syn-queue-full-dropped",
    "syn-over-max-syn-backlog",
    "ack-with-bad-cookie",
    "fast-open-queue-full",
    "listener-closed-over-queued-connection",
    "unix-accept-queue-full",
  ];

  it.each(situations)("%s: says what the client sees, and its source", (situation) => {
    const facts = dropFacts(situation);
    expect(facts.clientSees).not.toBe("");
    expect(facts.source).toContain("net/");
    expect(countersFor(situation)).toBe(facts.counters);
  });

  it("counts every accept queue overflow as a drop too", () => {
    for (const situation of situations) {
      const counters = countersFor(situation);
      if (counters.includes("ListenOverflows")) {
        expect(counters).toContain("ListenDrops");
      }
    }
  });
});
