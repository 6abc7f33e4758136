import { beforeAll, describe, expect, it } from "vitest";
import { clientRetrySchedule, countersFor, fastOpenQueueBound, type Counter } from "../../backlog/kernel";
import { measure, prepareKernelTests } from "./support/kernel/namespace";

type Counters = Record<string, number>;

interface LateConnect {
  atDrop: { state: number; counters: Counters };
  takenBefore: number;
  lateIsQueued: number;
  late: { state: number; retransmissions: number };
  prompt: { retransmissions: number }[];
  counters: Counters;
  error: number;
}

interface AckOnFullQueue {
  counters: Counters;
  client: { believed: string; later: string };
  halfOpen: number;
  takenBefore?: number;
  queuedAfterwards?: number;
}

interface GiveUp {
  outcome: string;
  retransmissions: number;
  overflows: number;
}

const SYN_SENT = 2;
const ESTABLISHED = 1;
// Few retries, so that a client gives up within seconds; each pair ends differently.
const CLIENTS = [
  { retries: 1, linear: 0 },
  { retries: 1, linear: 1 },
  { retries: 1, linear: 2 },
  { retries: 1, linear: 3 },
  { retries: 2, linear: 0 },
  { retries: 2, linear: 2 },
];

const ask = <Answer>(scenario: string, args: object = {}) =>
  measure<Answer>("overflow", { scenario, with: args });

describe("overflow on this kernel", () => {
  let late: LateConnect;
  let silent: { state: number; resets: number; overflows: number }[];
  let ignored: AckOnFullQueue;
  let expired: AckOnFullQueue;
  let reset: AckOnFullQueue;
  let givenUp: GiveUp[];
  let cookie: { syn: Counters; acks: Counters };
  let fastOpen: { counters: Counters; queued: number; halfOpen: number };

  beforeAll(async () => {
    await prepareKernelTests();
    // Every scenario waits for the kernel's timers most of the time, each in its own namespace.
    [late, silent, ignored, expired, reset, givenUp, cookie, fastOpen] = await Promise.all([
      ask<LateConnect>("late-connect"),
      Promise.all([0, 1].map((abort) => ask<(typeof silent)[0]>("silent-drop", { abort }))),
      ask<AckOnFullQueue>("ack-on-full-queue", { abort: 0 }),
      ask<AckOnFullQueue>("ack-on-full-queue", { expires: true }),
      ask<AckOnFullQueue>("ack-on-full-queue", { abort: 1 }),
      Promise.all(CLIENTS.map((client) => ask<GiveUp>("give-up", client))),
      ask<typeof cookie>("bad-cookie", { count: 20 }),
      ask<typeof fastOpen>("fast-open-overflow", { bound: 2, count: 5 }),
    ]);
  });

  it("a SYN that finds the accept queue full is dropped, and the client only waits", () => {
    expect(late.atDrop.state).toBe(SYN_SENT);
    // A repeated SYN that is dropped again counts again.
    const dropped = 1 + (late.atDrop.counters.TCPSynRetrans ?? 0);
    expectEach(late.atDrop.counters, countersFor("syn-finds-accept-queue-full"), dropped);
    expect(late.error).toBe(0);
  });

  it("the one-second connect: room alone does not help, the repeated SYN connects", () => {
    // The queue was emptied while the client was still in SYN_SENT; it connected through a retransmission.
    expect(late.takenBefore).toBe(3);
    expect(late.late.state).toBe(ESTABLISHED);
    expect(late.late.retransmissions).toBeGreaterThanOrEqual(1);
    expect(late.counters.TCPSynRetrans).toBe(late.late.retransmissions);
    expect(late.lateIsQueued).toBe(1);
    expect(late.prompt.map((c) => c.retransmissions)).toEqual([0, 0, 0]);
    expect(clientRetrySchedule().retransmitsAt[0]).toBe(1);
  });

  it("tcp_abort_on_overflow turns no dropped SYN into a reset", () => {
    expect(silent).toHaveLength(2);
    for (const outcome of silent) {
      expect(outcome.state).toBe(SYN_SENT);
      expect(outcome.resets).toBe(0);
      expect(outcome.overflows).toBeGreaterThanOrEqual(2);
    }
  });

  it("a final ACK that finds the accept queue full is ignored: the client believes that it is connected", () => {
    expectEach(ignored.counters, countersFor("ack-finds-accept-queue-full"), "at least 1");
    expect(ignored.counters.ListenDrops).toBe(ignored.counters.ListenOverflows);
    expect(ignored.counters.OutRsts).toBeUndefined();
    expect(ignored.counters.EmbryonicRsts).toBeUndefined();
    expect(ignored.client).toEqual({ believed: "connected", later: "no error" });
    expect(ignored.halfOpen).toBe(1);
  });

  it("and enters the queue later, through the SYN-ACK that the server repeats", () => {
    expect(ignored.takenBefore).toBe(5);
    expect(ignored.queuedAfterwards).toBe(1);
  });

  it("or is reset when it sends, once the server has given up repeating its SYN-ACK", () => {
    expect(expired.client).toEqual({ believed: "connected", later: "ECONNRESET" });
    // The five that filled the queue are still there, and nobody else.
    expect(expired.halfOpen).toBe(1);
    expect(expired.queuedAfterwards).toBe(5);
  });

  it("with tcp_abort_on_overflow 1 that ACK is answered with a reset", () => {
    expectEach(reset.counters, countersFor("ack-finds-accept-queue-full-and-is-reset"), "at least 1");
    // One request, one reset of it; a second ACK would find no request any more.
    expect(reset.counters.EmbryonicRsts).toBe(1);
    expect(reset.counters.ListenOverflows).toBe(1);
    expect(reset.halfOpen).toBe(0);
    expect(Object.values(reset.client)).toContain("ECONNRESET");
  });

  it.each(CLIENTS.map((client, i) => ({ ...client, i })))(
    "a client gives up after the scheduled retransmissions: tcp_syn_retries $retries, linear timeouts $linear",
    ({ retries, linear, i }) => {
      const { retransmitsAt } = clientRetrySchedule({ tcpSynRetries: retries, tcpSynLinearTimeouts: linear });
      expect(givenUp[i]).toEqual({
        outcome: "ETIMEDOUT",
        retransmissions: retransmitsAt.length,
        overflows: retransmitsAt.length + 1,
      });
    },
  );

  it("an ACK with a bad cookie is counted and reset", () => {
    expectEach(cookie.syn, countersFor("syn-queue-full-cookie-sent"), 1);
    expect(cookie.acks).toEqual(Object.fromEntries(countersFor("ack-with-bad-cookie").map((c) => [c, 20])));
  });

  it("a Fast Open request beyond its bound goes on as an ordinary handshake", () => {
    const bound = fastOpenQueueBound(2, 4096);
    expectEach(fastOpen.counters, countersFor("fast-open-queue-full"), 5 - bound);
    expect(fastOpen.counters.ListenDrops).toBeUndefined();
    // A Fast Open connection is in the accept queue before its handshake ends.
    expect(fastOpen.queued).toBe(bound);
    expect(fastOpen.halfOpen).toBe(5);
  });
});

function expectEach(counters: Counters, names: readonly Counter[], amount: number | "at least 1"): void {
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    if (amount === "at least 1") {
      expect(counters[name], name).toBeGreaterThanOrEqual(1);
    } else {
      expect(counters[name], name).toBe(amount);
    }
  }
}
