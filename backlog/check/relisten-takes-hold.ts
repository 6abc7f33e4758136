import type { Rule, Verdict } from "./rule";
import { listensBySocketUnit, type JudgedService } from "./situation";

export const relistenTakesHold: Rule = {
  id: "relisten-takes-hold",
  severity: "error",
  title: "What is done to a service after a change makes it re-listen",
  why: "An open listener keeps its effective backlog until somebody calls listen() on it again. Most programs keep their sockets over a reload, and some over everything that a unit can do.",
  judge: ({ services }) => services.flatMap(judge),
};

function judge(service: JudgedService): Verdict[] {
  const { name, relisten, listener } = service;
  if (relisten === "none" || listener === undefined || listensBySocketUnit(service)) {
    return [];
  }
  const cause = `${listener.title}: ${listener.relistenNote}`;
  if (listener.relisten === "never") {
    return [
      {
        subject: name,
        wanted: "a step that makes it re-listen",
        got: `relisten: "${relisten}"`,
        cause,
        fix: `set relisten: "none" for ${name}, and replace its machine or container`,
      },
    ];
  }
  if (
    relisten !== "reload" ||
    listener.relisten === "reload" ||
    listener.relisten === "restart-socket-unit"
  ) {
    return [];
  }
  return [
    {
      severity: listener.relisten === "restart" ? "error" : "warning",
      subject: name,
      wanted: 'relisten: "restart"',
      got: 'relisten: "reload"',
      cause,
      fix: `set relisten: "restart" for ${name}`,
    },
  ];
}
