import { beforeAll, describe, expect, it } from "vitest";
import {
  acceptQueueCapacity,
  countersFor,
  effectiveAfterChange,
  effectiveBacklog,
} from "../../backlog/kernel";
import { measure, prepareKernelTests } from "./support/kernel/namespace";

interface Answer {
  declared: { somaxconn: number; declared: number; effective: number; tcpInfo: number }[];
  capacity: {
    declared: number;
    queued: number;
    established: number;
    waiting: number;
    accepted: number;
    counters: Record<string, number>;
  }[];
  change: {
    steps: { step: string; effective: number; queued: number }[];
    dropped: Record<string, number>;
    accepted: number;
  };
}

const INT_MAX = 2147483647;
const SOMAXCONNS = [1, 100, 4096, 65535, 65536, 70000, 1_000_000, INT_MAX];
const DECLARED = [-2147483648, -1, 0, 1, 99, 100, 101, 511, 4096, 65535, 65536, INT_MAX];
const ASKED = SOMAXCONNS.flatMap((somaxconn) => DECLARED.map((declared) => ({ somaxconn, declared })));
const CAPACITIES = [0, 1, 2, 5, 10, 128];

describe("effective backlog on this kernel", () => {
  let found: Answer;

  beforeAll(async () => {
    await prepareKernelTests();
    // somaxconn 0 cannot be declared with us, but the kernel takes it and the rule must fit.
    const declared = [...ASKED, { somaxconn: 0, declared: 511 }, { somaxconn: 0, declared: -1 }];
    found = await measure<Answer>("effective_backlog", { declared, capacity: CAPACITIES });
  });

  it("is min((unsigned) declared, somaxconn), as Send-Q and in TCP_INFO", () => {
    expect(found.declared).toHaveLength(ASKED.length + 2);
    for (const { somaxconn, declared, effective, tcpInfo } of found.declared) {
      const expected = effectiveBacklog(declared, somaxconn);
      expect({ somaxconn, declared, effective, tcpInfo }).toEqual({
        somaxconn,
        declared,
        effective: expected,
        tcpInfo: expected,
      });
    }
  });

  it.each(CAPACITIES.map((declared, i) => ({ declared, i })))(
    "holds one more connection than the backlog: listen($declared)",
    ({ declared, i }) => {
      const row = found.capacity[i];
      if (row === undefined) {
        throw new Error(`listen(${declared}) was not measured`);
      }
      const { counters, ...held } = row;
      const capacity = acceptQueueCapacity(declared);
      expect(held).toEqual({
        declared,
        queued: capacity,
        established: capacity,
        accepted: capacity,
        waiting: declared + 6 - capacity,
      });
      // Six more than the backlog were offered, so five are dropped; each repeated SYN is dropped again.
      const dropped = 5 + (counters.TCPSynRetrans ?? 0);
      for (const counter of countersFor("syn-finds-accept-queue-full")) {
        expect(counters[counter], counter).toBe(dropped);
      }
    },
  );

  it("stays until a re-listen when somaxconn is raised or lowered under a live listener", () => {
    const declared = 1000;
    const opened = effectiveBacklog(declared, 100);
    const keep = (effective: number, somaxconn: number) =>
      effectiveAfterChange({ effective, declared, somaxconn, relistened: false });
    const again = (effective: number, somaxconn: number, asked: number) =>
      effectiveAfterChange({ effective, declared: asked, somaxconn, relistened: true });
    const raised = keep(opened, 500);
    const relistened = again(raised, 500, declared);
    const lowered = keep(relistened, 50);
    expect(found.change.steps.map(({ step, effective }) => [step, effective])).toEqual([
      ["opened", opened],
      ["somaxconn raised", raised],
      ["re-listened", relistened],
      ["somaxconn lowered", lowered],
      ["re-listened below the queue", again(lowered, 50, 3)],
      ["re-listened by another process", again(3, 50, 20)],
    ]);
    expect([opened, raised, relistened, lowered]).toEqual([100, 100, 500, 500]);
  });

  it("keeps queued connections through every re-listen, even below the length of the queue", () => {
    expect(found.change.steps.map((s) => s.queued)).toEqual([8, 8, 8, 8, 8, 8]);
    expect(found.change.accepted).toBe(8);
    expect(Object.keys(found.change.dropped).sort()).toEqual(
      [...countersFor("syn-finds-accept-queue-full")].sort(),
    );
  });
});
