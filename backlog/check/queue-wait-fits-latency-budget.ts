import { addedLatency } from "../kernel";
import { largestInTime } from "../sizing/bounds";
import { completeLoad } from "../sizing/load";
import { howToDeclare } from "./how-to";
import type { Rule, Verdict } from "./rule";
import { ignoresDeclaration, type JudgedService } from "./situation";
import { isSmallBacklog } from "./small-backlog-still-queues";

export const queueWaitFitsLatencyBudget: Rule = {
  id: "queue-wait-fits-latency-budget",
  severity: "warning",
  title: "The last connection of a full accept queue is accepted within the latency budget",
  why: "The queue is served in order. One that takes longer to work off than clients wait makes every answer late, and the server works for clients that have gone.",
  judge: ({ services }) => services.flatMap(judge),
};

function judge(service: JudgedService): Verdict[] {
  const { name, effective } = service;
  const { acceptRate, latencyBudgetSeconds } = service.known;
  if (acceptRate === undefined || latencyBudgetSeconds === undefined) {
    return [];
  }
  // Arrivals and stalls do not matter to a wait in a full queue.
  const load = completeLoad({ arrivalRate: 1, stallSeconds: 0, acceptRate, latencyBudgetSeconds });
  const most = largestInTime(load);
  if (effective <= most) {
    return [];
  }
  return [
    {
      subject: name,
      wanted: `a wait of ${latencyBudgetSeconds} s or less in a full accept queue`,
      got: `${Number(addedLatency(effective, acceptRate).toPrecision(3))} s`,
      cause: `The last of ${effective} waiting connections is accepted after all others, at ${acceptRate} per second.`,
      fix: shorten(service, most),
    },
  ];
}

function shorten(service: JudgedService, most: number): string {
  const { name, listener } = service;
  const instead = `raise the accept rate of ${name}, or limit connections in front of it`;
  if (listener !== undefined && ignoresDeclaration(listener)) {
    return `${instead}: ${listener.title} has no backlog setting`;
  }
  return isSmallBacklog(most)
    ? `${instead}: a backlog of ${most} would drop most clients`
    : howToDeclare(service, most);
}
