import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addedLatency, drainTime, memoryAtFullQueue } from "../../../backlog/kernel";
import { recommendBacklog, type SizingInput } from "../../../backlog/sizing";
import { simulate, type Client } from "./listener-simulation";

/** Same numbers on every run: a failure can be repeated, and none comes by chance. */
const SEED = 20_240_607;

interface EvenLoad {
  arrivalRate: number;
  acceptRate: number;
  stallSeconds: number;
  rttSeconds: number;
}

// Powers of two, so that k / arrivalRate is exact and no rounding moves a client over the edge of the stall.
const evenLoads: fc.Arbitrary<EvenLoad> = fc
  .record({
    rate: fc.integer({ min: 0, max: 10 }),
    spare: fc.integer({ min: 1, max: 200 }),
    stall: fc.integer({ min: 0, max: 2048 }),
    rtt: fc.integer({ min: 0, max: 1024 }),
  })
  .map(({ rate, spare, stall, rtt }) => ({
    arrivalRate: 2 ** rate,
    acceptRate: 2 ** rate * (1 + spare / 64),
    stallSeconds: stall / 1024,
    rttSeconds: rtt / 1024,
  }));

/** Clients whose handshakes end at 0, 1 / rate, 2 / rate ..., and before; the stall begins at 0. */
function evenClients(load: EvenLoad): Client[] {
  const { arrivalRate, stallSeconds, rttSeconds } = load;
  const before = Math.ceil(arrivalRate * rttSeconds) + 2;
  const after = Math.ceil(arrivalRate * (stallSeconds + rttSeconds)) + 20;
  return Array.from({ length: before + after }, (_, i) => {
    const ackAt = (i - before) / arrivalRate;
    return { ackAt, synAt: ackAt - rttSeconds };
  });
}

/** The same, but the first client after the stall has a shorter way, and knocks while the queue is at its longest. */
function withKnockingClient(load: EvenLoad): Client[] {
  const first = Math.ceil(load.arrivalRate * load.stallSeconds);
  const lastInStall = (first - 1) / load.arrivalRate;
  const earliest = Math.max(first / load.arrivalRate - load.rttSeconds, lastInStall);
  if (first === 0 || earliest >= load.stallSeconds) {
    return evenClients(load);
  }
  const ackAt = first / load.arrivalRate;
  const knocks = { ackAt, synAt: (earliest + load.stallSeconds) / 2 };
  return evenClients(load).map((client) => (client.ackAt === ackAt ? knocks : client));
}

function overflows(load: EvenLoad, backlog: number): number {
  const listener = { backlog, acceptRate: load.acceptRate, stallFrom: 0, stallUntil: load.stallSeconds };
  return (
    simulate(listener, evenClients(load)).overflows + simulate(listener, withKnockingClient(load)).overflows
  );
}

/** Budgets wide enough not to matter. */
const wide = (load: EvenLoad): SizingInput => ({ ...load, latencyBudgetSeconds: 3600 });

describe("recommendBacklog against a simulated listener", () => {
  it("smallest survives every generated stall, and one less does not", () => {
    fc.assert(
      fc.property(evenLoads, (load) => {
        const { smallest } = recommendBacklog(wide(load));
        expect(smallest).toBeDefined();
        expect(overflows(load, smallest ?? 0)).toBe(0);
        if (smallest !== undefined && smallest > 0) {
          expect(overflows(load, smallest - 1)).toBeGreaterThan(0);
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  it("recommended survives clients that arrive at random, where smallest overflows", () => {
    let overflowsOfSmallest = 0;
    fc.assert(
      fc.property(
        fc.record({
          arrivalRate: fc.integer({ min: 20, max: 2000 }),
          busy: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
          stallSeconds: fc.double({ min: 0.01, max: 1, noNaN: true }),
          rttSeconds: fc.double({ min: 0, max: 0.3, noNaN: true }),
          seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        }),
        ({ busy, seed, ...rest }) => {
          const load = { ...rest, acceptRate: rest.arrivalRate / busy };
          const { smallest, recommended } = recommendBacklog(wide(load));
          const clients = randomClients(load, seed);
          const listener = { acceptRate: load.acceptRate, stallFrom: 1, stallUntil: 1 + load.stallSeconds };
          expect(simulate({ ...listener, backlog: recommended }, clients).overflows).toBe(0);
          overflowsOfSmallest += simulate({ ...listener, backlog: smallest ?? 0 }, clients).overflows;
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
    // The margin is not for nothing.
    expect(overflowsOfSmallest).toBeGreaterThan(0);
  });

  it("recommended survives on every socket when a hash spreads the clients over SO_REUSEPORT listeners", () => {
    const load = {
      arrivalRate: 4000,
      acceptRate: 8000,
      stallSeconds: 0.5,
      rttSeconds: 0.1,
      reuseportListeners: 8,
    };
    const { recommended, smallest } = recommendBacklog({ ...load, latencyBudgetSeconds: 3600 });
    const next = generator(SEED);
    const groups: Client[][] = Array.from({ length: 8 }, () => []);
    for (const client of randomClients(load, 7)) {
      groups[Math.floor(next() * 8)]?.push(client);
    }
    const outcomes = (backlog: number) =>
      groups.map(
        (group) => simulate({ backlog, acceptRate: 1000, stallFrom: 1, stallUntil: 1.5 }, group).overflows,
      );
    expect(outcomes(recommended)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(Math.max(...outcomes(smallest ?? 0))).toBeGreaterThan(0);
  });

  it("drainTime and addedLatency are what the simulated queue needs", () => {
    const load = { arrivalRate: 512, acceptRate: 1024, stallSeconds: 1, rttSeconds: 0 };
    const clients = evenClients({ ...load, stallSeconds: 4 });
    const { acceptedAt, overflows: lost } = simulate(
      { backlog: 4096, acceptRate: load.acceptRate, stallFrom: 0, stallUntil: 1 },
      clients,
    );
    expect(lost).toBe(0);
    const acks = clients.map((c) => c.ackAt);
    // The first moment after the stall at which everything that has arrived has been accepted.
    const empty = acceptedAt.findIndex((at, i) => at >= 1 && (acks[i + 1] ?? Infinity) > at);
    const queued = acks.filter((at) => at >= 0 && at < 1).length;
    expect(queued).toBe(512);
    const drained = (acceptedAt[empty] ?? NaN) - 1;
    expect(Math.abs(drained - drainTime(queued, load.acceptRate, load.arrivalRate))).toBeLessThanOrEqual(
      2 / (load.acceptRate - load.arrivalRate),
    );
    // The last of the 512 has 511 ahead of it.
    const lastQueued = acks.findIndex((at) => at >= 1) - 1;
    expect((acceptedAt[lastQueued] ?? NaN) - 1).toBeCloseTo(addedLatency(queued - 1, load.acceptRate), 9);
  });

  it("a load that arrives faster than it is accepted overflows any backlog in the end", () => {
    const load = { arrivalRate: 1024, acceptRate: 900, stallSeconds: 0, rttSeconds: 0 };
    expect(recommendBacklog(wide(load)).verdict).toBe("no-backlog-helps");
    const clients = Array.from({ length: 60_000 }, (_, i) => ({ synAt: i / 1024, ackAt: i / 1024 }));
    const listener = { backlog: 4096, acceptRate: load.acceptRate, stallFrom: 0, stallUntil: 0 };
    expect(simulate(listener, clients).overflows).toBeGreaterThan(0);
  });
});

describe("recommendBacklog", () => {
  const anyLoad: fc.Arbitrary<SizingInput> = fc.record(
    {
      arrivalRate: fc.double({ min: 0.001, max: 10_000_000, noNaN: true }),
      acceptRate: fc.double({ min: 0.001, max: 10_000_000, noNaN: true }),
      stallSeconds: fc.double({ min: 0, max: 3600, noNaN: true }),
      rttSeconds: fc.double({ min: 0, max: 60, noNaN: true }),
      latencyBudgetSeconds: fc.double({ min: 0.001, max: 3600, noNaN: true }),
      memoryBytes: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      reuseportListeners: fc.integer({ min: 1, max: 4096 }),
      balancerRetriesElsewhere: fc.boolean(),
    },
    { requiredKeys: ["arrivalRate", "acceptRate", "stallSeconds"] },
  );

  it("gives, for every valid load, a backlog that listen() takes, no larger than what helps", () => {
    fc.assert(
      fc.property(anyLoad, (load) => {
        const { verdict, smallest, largest, recommended, reasons } = recommendBacklog(load);
        expect(Number.isInteger(recommended)).toBe(true);
        expect(recommended).toBeGreaterThanOrEqual(0);
        expect(recommended).toBeLessThanOrEqual(largest);
        expect(largest).toBeLessThanOrEqual(2147483647);
        expect(reasons.length).toBeGreaterThan(1);
        expect(smallest === undefined).toBe(verdict === "no-backlog-helps");
        if (verdict === "size") {
          expect(recommended).toBeGreaterThanOrEqual(smallest ?? Infinity);
          expect(Number.isInteger(Math.log2(recommended)) || recommended === largest).toBe(true);
        }
        if (load.memoryBytes !== undefined && recommended > 0) {
          const listeners = load.reuseportListeners ?? 1;
          expect(memoryAtFullQueue(recommended, { listeners })).toBeLessThanOrEqual(load.memoryBytes);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it("the example of the documents: 5,000 per second through half a second", () => {
    const advice = recommendBacklog({ arrivalRate: 5000, acceptRate: 20_000, stallSeconds: 0.5 });
    expect(advice).toMatchObject({ verdict: "size", smallest: 2500, largest: 20_000, recommended: 4096 });
    expect(advice.reasons.join(" ")).toContain("2500 connections collect in the accept queue");
  });

  it("says when no backlog helps", () => {
    const advice = recommendBacklog({ arrivalRate: 1000, acceptRate: 1000, stallSeconds: 0 });
    expect(advice).toMatchObject({ verdict: "no-backlog-helps", smallest: undefined, recommended: 512 });
    expect(advice.reasons.join(" ")).toContain("every queue fills");
    expect(advice.reasons.join(" ")).toContain("drops the SYN in silence");
  });

  it("stays small where a balancer retries elsewhere, but leaves room for handshakes", () => {
    const load = { arrivalRate: 1000, acceptRate: 10_000, stallSeconds: 2, rttSeconds: 0.05 };
    const advice = recommendBacklog({ ...load, balancerRetriesElsewhere: true });
    expect(advice).toMatchObject({ verdict: "stay-small", smallest: 2000, recommended: 128 });
    expect(advice.reasons.join(" ")).toContain("What really refuses");
    expect(recommendBacklog(load)).toMatchObject({ verdict: "size", recommended: 4096 });
  });

  it("stays small where the queue that survives would make everybody late", () => {
    const advice = recommendBacklog({
      arrivalRate: 400,
      acceptRate: 500,
      stallSeconds: 10,
      latencyBudgetSeconds: 1,
    });
    expect(advice).toMatchObject({ verdict: "stay-small", smallest: 4000, largest: 500, recommended: 256 });
    expect(advice.reasons.join(" ")).toContain("longer than the latency budget");
  });

  it("stays small where the queue that survives does not fit into memory", () => {
    const memoryBytes = 1024 * 1024;
    const advice = recommendBacklog({
      arrivalRate: 5000,
      acceptRate: 50_000,
      stallSeconds: 0.5,
      memoryBytes,
    });
    expect(advice).toMatchObject({ verdict: "stay-small", largest: 389, recommended: 256 });
    expect(advice.reasons.join(" ")).toContain("does not fit into 1048576 bytes");
  });

  it("takes the largest that helps if no power of two lies between", () => {
    const advice = recommendBacklog({
      arrivalRate: 5000,
      acceptRate: 20_000,
      stallSeconds: 0.5,
      latencyBudgetSeconds: 0.15,
    });
    expect(advice).toMatchObject({ verdict: "size", smallest: 2500, largest: 3000, recommended: 3000 });
  });

  it("warns above what 16 bits hold", () => {
    const advice = recommendBacklog({ arrivalRate: 100_000, acceptRate: 1_000_000, stallSeconds: 1 });
    expect(advice.recommended).toBe(131_072);
    expect(advice.reasons.join(" ")).toContain("16 bits");
    const half = recommendBacklog({ arrivalRate: 1000, acceptRate: 10_000, stallSeconds: 1 });
    expect(half.reasons.join(" ")).not.toContain("16 bits");
  });

  it("divides the load over SO_REUSEPORT listeners", () => {
    const load = { arrivalRate: 8000, acceptRate: 32_000, stallSeconds: 0.5, rttSeconds: 0 };
    expect(recommendBacklog(load).smallest).toBe(3999);
    const shared = recommendBacklog({ ...load, reuseportListeners: 4 });
    expect(shared).toMatchObject({ smallest: 999, largest: 8000 });
    expect(shared.reasons.join(" ")).toContain("one can overflow while another is empty");
  });

  it("throws every problem at once, before it computes anything", () => {
    const bad = { arrivalRate: -1, acceptRate: Number.NaN, stallSeconds: 1 };
    expect(() => recommendBacklog(bad)).toThrow(
      /sizing\.arrivalRate: given -1[^]*sizing\.acceptRate: given NaN/,
    );
  });
});

/** mulberry32: small, seeded, good enough for arrivals. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Poisson arrivals from 0 on, with ways of any length up to the longest; the stall begins at 1. */
function randomClients(
  load: { arrivalRate: number; stallSeconds: number; rttSeconds: number },
  seed: number,
): Client[] {
  const next = generator(seed);
  const clients: Client[] = [];
  for (let at = 0; at < 1.5 + load.stallSeconds; at -= Math.log(1 - next()) / load.arrivalRate) {
    clients.push({ synAt: at, ackAt: at + next() * load.rttSeconds });
  }
  return clients;
}
