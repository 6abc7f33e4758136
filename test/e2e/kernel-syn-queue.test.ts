import { beforeAll, describe, expect, it } from "vitest";
import { effectiveBacklog, synQueueBound } from "../../backlog/kernel";
import { measure, prepareKernelTests } from "./support/kernel/namespace";
import { playSyns, type FloodOutcome } from "./support/kernel/syn-flood";
import { SYN_COUNT, SYN_QUEUE_ROWS, type SynQueueRow } from "./support/kernel/syn-queue-rows";

describe(`SYN queue: ${SYN_COUNT} SYNs without an ACK, sent by hping3`, () => {
  let measured: FloodOutcome[] = [];

  beforeAll(async () => {
    await prepareKernelTests();
    measured = await measure<FloodOutcome[]>("syn_queue", { count: SYN_COUNT, rows: SYN_QUEUE_ROWS });
  });

  it("measures every row", () => {
    expect(measured).toHaveLength(SYN_QUEUE_ROWS.length);
  });

  it.each(SYN_QUEUE_ROWS.map((row, i) => ({ ...row, i })))(
    "listen($declared), somaxconn $somaxconn, tcp_max_syn_backlog $tcpMaxSynBacklog, tcp_syncookies $tcpSyncookies, $acceptQueue waiting",
    ({ i, ...row }) => {
      // Held, and every counter with its exact amount: nothing else may have moved.
      expect(measured[i]).toEqual(playSyns(row, SYN_COUNT));
    },
  );

  it("fits the closed formula wherever the accept queue has room", () => {
    const withRoom = SYN_QUEUE_ROWS.map((row, i) => ({ row, i })).filter(({ row }) => hasRoom(row));
    expect(withRoom.length).toBeGreaterThanOrEqual(16);
    for (const { row, i } of withRoom) {
      const { held } = synQueueBound({ ...row, effective: effectiveBacklog(row.declared, row.somaxconn) });
      expect(measured[i]?.held, JSON.stringify(row)).toBe(held);
    }
  });
});

function hasRoom(row: SynQueueRow): boolean {
  return row.acceptQueue <= effectiveBacklog(row.declared, row.somaxconn);
}
