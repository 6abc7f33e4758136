import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { acceptQueueCapacity, countersFor, effectiveBacklog, fastOpenQueueBound } from "../../backlog/kernel";
import { measure, prepareKernelTests } from "./support/kernel/namespace";

interface UnixAnswer {
  effective: number[];
  connected: number;
  refused: string | null;
  counters: Record<string, number>;
  blockingClient: { sleptWhileFull: boolean; exit: number };
}

interface ReuseportAnswer {
  queued: number[];
  established: number;
  dropped: number;
  offered: number;
}

interface Answer {
  ipv6: { effective: number; queued: number; dropped: number };
  unixStream: UnixAnswer;
  unixSeqpacket: UnixAnswer;
  reuseport: ReuseportAnswer;
  reuseportUneven: ReuseportAnswer;
  mptcp: { effective?: number; refused?: string };
  fastOpen: { asked500: number; asked7: number; implicit: number };
  closed: { counters: Record<string, number>; errors: string[] };
  leftByFin: { queued: number; tcpInfoQueued: number; accepted: number };
  leftByReset: { queued: number; tcpInfoQueued: number; accepted: number };
}

describe("listeners of every kind on this kernel", () => {
  let found: Answer;

  beforeAll(async () => {
    await prepareKernelTests();
    found = await measure<Answer>("listeners");
  });

  it("IPv6: the same cap, the same one more, the same drops", () => {
    expect(found.ipv6).toEqual({
      effective: effectiveBacklog(1000, 77),
      queued: acceptQueueCapacity(4),
      dropped: 8 - acceptQueueCapacity(4),
    });
  });

  it.each(["unixStream", "unixSeqpacket"] as const)(
    "Unix sockets (%s): the same cap and one more; EAGAIN or sleep on overflow, and no TCP counter",
    (kind) => {
      const effective = effectiveBacklog(1000, 5);
      expect(countersFor("unix-accept-queue-full")).toEqual([]);
      expect(found[kind]).toEqual({
        effective: [effective],
        connected: acceptQueueCapacity(effective),
        refused: "EAGAIN",
        counters: {},
        blockingClient: { sleptWhileFull: true, exit: 0 },
      });
    },
  );

  it("SO_REUSEPORT: one full accept queue per socket", () => {
    expect(found.reuseport.established).toBe(acceptQueueCapacity(3, 4));
    expect(found.reuseport.queued).toEqual([4, 4, 4, 4]);
    expect(found.reuseport.dropped).toBe(found.reuseport.offered - acceptQueueCapacity(3, 4));
  });

  it("SO_REUSEPORT: one socket overflows while the others are empty", () => {
    expect(found.reuseportUneven).toEqual({ queued: [0, 0, 0, 4], established: 4, dropped: 1, offered: 5 });
  });

  it("MPTCP: the same cap, where the kernel has MPTCP", () => {
    expect(found.mptcp.effective).toBe(
      existsSync("/proc/sys/net/mptcp/enabled") ? effectiveBacklog(1000, 33) : undefined,
    );
  });

  it("Fast Open: its bound is capped by somaxconn; with bit 0x400 it is the effective backlog", () => {
    expect(found.fastOpen).toEqual({
      asked500: fastOpenQueueBound(500, 40),
      asked7: fastOpenQueueBound(7, 40),
      implicit: effectiveBacklog(33, 40),
    });
  });

  it("closing a listener resets every queued connection", () => {
    const counters = Object.fromEntries(
      countersFor("listener-closed-over-queued-connection").map((counter) => [counter, 5]),
    );
    expect(found.closed).toEqual({ counters, errors: ["ECONNRESET"] });
  });

  it("connections stay queued when their client has left, by FIN or by a reset", () => {
    expect(found.leftByFin).toEqual({ queued: 20, tcpInfoQueued: 20, accepted: 20 });
    expect(found.leftByReset).toEqual({ queued: 20, tcpInfoQueued: 20, accepted: 20 });
  });
});
