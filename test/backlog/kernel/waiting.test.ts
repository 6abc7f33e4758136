import { describe, expect, it } from "vitest";
import {
  addedLatency,
  clientRetrySchedule,
  connectTimeAfterDrop,
  drainTime,
  halfOpenLifetime,
  memoryAtFullQueue,
} from "../../../backlog/kernel";

describe("clientRetrySchedule", () => {
  it("is linear first on current kernels: the documented 67 and 131 seconds", () => {
    expect(clientRetrySchedule()).toEqual({
      retransmitsAt: [1, 2, 3, 4, 5, 7, 11, 19, 35, 67],
      givesUpAt: 131,
    });
  });

  it("doubles from the start before 6.5: the documented 63 and 127 seconds", () => {
    const expected = { retransmitsAt: [1, 3, 7, 15, 31, 63], givesUpAt: 127 };
    expect(clientRetrySchedule({ kernel: "6.4" })).toEqual(expected);
    expect(clientRetrySchedule({ kernel: "6.1", tcpSynLinearTimeouts: 4 })).toEqual(expected);
    expect(clientRetrySchedule({ kernel: "6.5", tcpSynLinearTimeouts: 0 })).toEqual(expected);
  });

  it("ends when as much time has passed as without linear timeouts", () => {
    expect(clientRetrySchedule({ tcpSynRetries: 1, tcpSynLinearTimeouts: 3 })).toEqual({
      retransmitsAt: [1, 2],
      givesUpAt: 3,
    });
  });

  it("waits 120 seconds at most between two", () => {
    const { retransmitsAt, givesUpAt } = clientRetrySchedule({ kernel: "5.10", tcpSynRetries: 9 });
    expect(retransmitsAt).toEqual([1, 3, 7, 15, 31, 63, 127, 247, 367]);
    expect(givesUpAt).toBe(487);
  });

  it.each([0, 128, 1.5])("throws for tcp_syn_retries %d", (tcpSynRetries) => {
    expect(() => clientRetrySchedule({ tcpSynRetries })).toThrow("tcp_syn_retries");
  });
});

describe("connectTimeAfterDrop", () => {
  const now = clientRetrySchedule();
  const before = clientRetrySchedule({ kernel: "6.1" });

  it.each([
    [0.001, 1, 1],
    [0.5, 1, 1],
    [1.5, 2, 3],
    [3.5, 4, 7],
    [67, 67, undefined],
    [68, undefined, undefined],
  ])("room after %d s: connected after %d s, before 6.5 after %d s", (roomAt, expected, expectedBefore) => {
    expect(connectTimeAfterDrop(roomAt, now)).toBe(expected);
    expect(connectTimeAfterDrop(roomAt, before)).toBe(expectedBefore);
  });
});

describe("halfOpenLifetime", () => {
  it.each([
    [0, 1],
    [1, 3],
    [2, 7],
    [5, 63],
    [7, 247],
  ])("tcp_synack_retries %d keeps a half-open connection for %d s", (retries, seconds) => {
    expect(halfOpenLifetime(retries)).toBe(seconds);
  });
});

describe("drainTime", () => {
  it("is the queue over the rate at which it shrinks", () => {
    expect(drainTime(4096, 500)).toBeCloseTo(8.192);
    expect(drainTime(1000, 500, 300)).toBe(5);
    expect(drainTime(0, 0)).toBe(0);
  });

  it("never ends if connections arrive as fast as they are accepted", () => {
    expect(drainTime(1, 500, 500)).toBe(Infinity);
    expect(drainTime(1, 0)).toBe(Infinity);
  });

  it.each([
    [-1, 1, 0],
    [1, NaN, 0],
    [1, 1, Infinity],
  ])("throws for %d, %d, %d", (queued, accept, arrive) => {
    expect(() => drainTime(queued, accept, arrive)).toThrow(RangeError);
  });
});

describe("addedLatency", () => {
  it("is what is ahead over the accept rate", () => {
    expect(addedLatency(4096, 500)).toBeCloseTo(8.192);
    expect(addedLatency(0, 0)).toBe(0);
    expect(addedLatency(1, 0)).toBe(Infinity);
  });
});

describe("memoryAtFullQueue", () => {
  it("counts one more than the backlog, every listener, and what clients have sent", () => {
    expect(memoryAtFullQueue(4096)).toBe(4097 * 2688);
    expect(memoryAtFullQueue(65535)).toBe(65536 * 2688);
    expect(memoryAtFullQueue(0, { listeners: 4, receivedBytes: 1000 })).toBe(4 * 3688);
    expect(() => memoryAtFullQueue(1, { receivedBytes: -1 })).toThrow("receivedBytes");
  });
});
