import type { Rule, Verdict } from "./rule";
import { listensBySocketUnit, type JudgedService } from "./situation";

export const socketUnitOwnsSocket: Rule = {
  id: "socket-unit-owns-socket",
  severity: "error",
  title: "A socket-activated service is declared with its socket unit, and re-listens by a restart of it",
  why: "systemd calls listen() for a socket unit and hands the socket over. Restarting or reloading the service keeps the socket, and with it the old effective backlog.",
  judge: ({ services }) => services.flatMap(judge),
};

function judge(service: JudgedService): Verdict[] {
  const { name, unit, relisten, listener } = service;
  if (listensBySocketUnit(service)) {
    return relisten === "reload"
      ? [
          {
            subject: name,
            wanted: 'relisten: "restart"',
            got: 'relisten: "reload"',
            cause: "systemd cannot reload a socket unit; only its restart calls listen() again.",
            fix: `set relisten: "restart" for ${name}`,
          },
        ]
      : [];
  }
  if (unit === undefined || listener?.relisten !== "restart-socket-unit") {
    return [];
  }
  const socket = unit.replace(/\.service$/, ".socket");
  return [
    {
      severity: relisten === "none" ? "warning" : "error",
      subject: name,
      wanted: `unit: "${socket}"`,
      got: `unit: "${unit}"`,
      cause: "The socket unit owns the socket, so restarting the service does not re-listen.",
      fix: `set unit: "${socket}" for ${name}`,
    },
  ];
}
