import { defaultBacklogOf } from "../catalogue";
import { howToGive } from "./how-to";
import type { Rule } from "./rule";
import type { JudgedService } from "./situation";

export const backlogHasItsOwnSetting: Rule = {
  id: "backlog-has-its-own-setting",
  severity: "warning",
  title: "A backlog is not raised by way of a setting that costs more than a backlog",
  why: "PostgreSQL, Squid, Postfix and Dovecot compute their backlog from a limit of connections, files or processes. A larger backlog then brings as many of these, and their memory.",
  judge: ({ services }) =>
    services.flatMap((service) => {
      const limit = sharedLimit(service);
      return limit === undefined
        ? []
        : [
            {
              subject: service.name,
              wanted: "a backlog setting of its own",
              got: `a backlog of ${service.backlog} by way of ${limit.name}`,
              cause: `${limit.title} has no setting for the backlog alone: it computes it from ${limit.name}, which bounds more than the queue.`,
              fix:
                `declare backlog: ${limit.backlog} for ${service.name} and put a proxy or pooler with a backlog of ${service.backlog} ` +
                `in front of it; or, if that limit is wanted, ${howToGive(service, service.backlog)}`,
            },
          ];
    }),
};

/** The limit that a larger backlog would raise as well, and the backlog that it gives by default. */
function sharedLimit({ listener, backlog, somaxconn }: JudgedService) {
  if (listener === undefined || typeof listener.defaultBacklog === "number") {
    return undefined;
  }
  const derived = "derivedFrom" in listener.defaultBacklog ? listener.defaultBacklog.derivedFrom : undefined;
  const byDefault = defaultBacklogOf(listener, somaxconn);
  return derived !== undefined && derived === listener.directive?.name && backlog > byDefault
    ? { name: derived, title: listener.title, backlog: byDefault }
    : undefined;
}
