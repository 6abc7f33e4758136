import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  acceptQueueCapacity,
  addedLatency,
  clientRetrySchedule,
  connectTimeAfterDrop,
  countersFor,
  effectiveAfterChange,
  effectiveBacklog,
  halfOpenLifetime,
  memoryAtFullQueue,
  type DropSituation,
} from "../../backlog/kernel";
import { defaultFor } from "../../backlog/settings";
import { recommendBacklog } from "../../backlog/sizing";
import { playSyns } from "../e2e/support/kernel/syn-flood";
import { SYN_COUNT, SYN_QUEUE_ROWS } from "../e2e/support/kernel/syn-queue-rows";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/how-linux-queues-connections.md"), "utf8");

/** The rows of the table that follows `<!-- table: name -->`, cell by cell, without its heading. */
function table(name: string): string[][] {
  const after = PAGE.split(`<!-- table: ${name} -->\n`)[1];
  const lines = after?.trimStart().split("\n") ?? [];
  const end = lines.findIndex((line) => !line.startsWith("|"));
  const rows = lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows.length, `rows of table ${name}`).toBeGreaterThan(0);
  return rows;
}

const numbers = (row: string[]) => row.map(Number);

describe("docs/how-linux-queues-connections.md says what the rules compute", () => {
  it("effective backlog and capacity", () => {
    for (const row of table("effective").map(numbers)) {
      const [declared = NaN, somaxconn = NaN] = row;
      const effective = effectiveBacklog(declared, somaxconn);
      expect(row).toEqual([declared, somaxconn, effective, acceptQueueCapacity(effective)]);
    }
  });

  it("change of somaxconn under a listener", () => {
    let effective = 0;
    for (const [step = "", somaxconn = "", declared = "", shown = ""] of table("change")) {
      const relistened = declared !== "";
      expect(/opened|re-listened/.test(step)).toBe(relistened);
      const change = { effective, declared: Number(declared), somaxconn: Number(somaxconn), relistened };
      effective = effectiveAfterChange(change);
      expect(Number(shown), step).toBe(effective);
    }
    expect(table("change")).toHaveLength(6);
  });

  it("defaults", () => {
    expect(table("defaults").map((row) => row[1])).toEqual([
      String(defaultFor("somaxconn", "5.3")),
      String(defaultFor("somaxconn", "5.4")),
    ]);
    expect(defaultFor("somaxconn")).toBe(defaultFor("somaxconn", "5.4"));
  });

  it("SYN queue: exactly the rows that are measured", () => {
    expect(PAGE).toContain(`${SYN_COUNT} SYNs without an ACK`);
    expect(table("syn-queue")).toEqual(
      SYN_QUEUE_ROWS.map((row) => {
        const { held, counters } = playSyns(row, SYN_COUNT);
        const moved = Object.entries(counters).map(([name, amount]) => `${name} ${amount}`);
        const cells = [
          row.declared,
          row.somaxconn,
          row.tcpMaxSynBacklog,
          row.tcpSyncookies,
          row.acceptQueue,
          held,
        ];
        return [...cells.map(String), moved.join(", ")];
      }),
    );
  });

  it("retries of the client", () => {
    const cells = (kernel: string) => {
      const { retransmitsAt, givesUpAt } = clientRetrySchedule({ kernel });
      return [retransmitsAt.join(", "), String(givesUpAt)];
    };
    expect(table("retries").map((row) => row.slice(1))).toEqual([cells("6.4"), cells("6.5")]);
  });

  it("connect time after a drop", () => {
    for (const [roomAt = NaN, now, before] of table("connect-time").map(numbers)) {
      expect(now).toBe(connectTimeAfterDrop(roomAt, clientRetrySchedule({ kernel: "6.5" })));
      expect(before).toBe(connectTimeAfterDrop(roomAt, clientRetrySchedule({ kernel: "6.4" })));
    }
  });

  it("counters of every situation", () => {
    // The record makes the compiler complain here when a situation is added.
    const situations: Record<DropSituation, true> = {
      "syn-finds-accept-queue-full": true,
      "ack-finds-accept-queue-full": true,
      "ack-finds-accept-queue-full-and-is-reset": true,
      "syn-queue-full-cookie-sent": true,
      "syn-queue-full-dropped": true,
      "syn-over-max-syn-backlog": true,
      "ack-with-bad-cookie": true,
      "fast-open-queue-full": true,
      "listener-closed-over-queued-connection": true,
      "unix-accept-queue-full": true,
    };
    const known = Object.keys(situations) as DropSituation[];
    expect(table("counters")).toEqual(
      known.map((situation) => [situation, countersFor(situation).join(", ") || "none"]),
    );
  });

  it("memory and wait", () => {
    for (const row of table("cost").map(numbers)) {
      const [effective = NaN] = row;
      const waits = [500, 20_000].map((rate) => addedLatency(effective, rate));
      expect(row).toEqual([effective, memoryAtFullQueue(effective), ...waits]);
    }
  });

  it("sizing", () => {
    for (const row of table("sizing")) {
      const [arrivalRate = NaN, acceptRate = NaN, stallSeconds = NaN, rttSeconds, latencyBudgetSeconds] =
        numbers(row);
      const advice = recommendBacklog({
        arrivalRate,
        acceptRate,
        stallSeconds,
        rttSeconds,
        latencyBudgetSeconds,
      });
      expect(row.slice(5)).toEqual([
        advice.verdict,
        String(advice.smallest ?? "none"),
        String(advice.largest),
        String(advice.recommended),
      ]);
    }
  });

  it("how long a half-open connection is kept", () => {
    const retries = defaultFor("tcpSynackRetries");
    expect(retries).toBeDefined();
    const said = `after ${halfOpenLifetime(retries ?? NaN)} s with the default \`tcp_synack_retries\` of ${String(retries)}`;
    expect(PAGE.replaceAll(/\s+/g, " ")).toContain(said);
  });

  it("names only tests that exist, and titles that they have", () => {
    const named = [...PAGE.matchAll(/`(test\/[a-z0-9/-]+\.test\.ts|test\/[a-zA-Z0-9/-]+\.test\.ts)`/g)].map(
      (m) => m[1] ?? "",
    );
    expect(named.length).toBeGreaterThan(5);
    for (const file of named) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
    }
    const sources = named.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
    const titles = [
      "is min((unsigned) declared, somaxconn)",
      "holds one more connection than the backlog",
      "stays until a re-listen",
      "keeps queued connections through every re-listen",
      "closing a listener resets every queued connection",
      "gives a new network namespace the kernel's default",
      "does not let a namespace inherit somaxconn",
      "the one-second connect",
      "a client gives up after the scheduled retransmissions",
    ];
    for (const title of titles) {
      expect(PAGE.replaceAll(/\s+/g, " ")).toContain(`"${title}`);
      expect(sources).toContain(title);
    }
  });
});
