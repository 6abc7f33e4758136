import { howToGive } from "./how-to";
import type { Rule } from "./rule";
import { ignoresDeclaration } from "./situation";

/** Quiet while nobody has read the configuration. What cannot be configured at all has a rule of its own. */
export const configurationGivesDeclaredBacklog: Rule = {
  id: "configuration-gives-declared-backlog",
  severity: "error",
  title: "The configuration of a service gives it no less than its declared backlog",
  why: "listen() gets the number of the configuration, whatever is declared elsewhere and however large somaxconn is.",
  judge: ({ services }) =>
    services.flatMap((service) => {
      const { name, backlog, listener, known } = service;
      const { configuredBacklog: configured } = known;
      return configured === undefined ||
        configured >= backlog ||
        (listener !== undefined && ignoresDeclaration(listener))
        ? []
        : [
            {
              subject: name,
              wanted: `a backlog of ${backlog}`,
              got: `${configured} in its configuration`,
              cause: `listen() of ${listener?.title ?? name} gets what the configuration says, and that is ${configured}.`,
              fix: howToGive(service, backlog),
            },
          ];
    }),
};
