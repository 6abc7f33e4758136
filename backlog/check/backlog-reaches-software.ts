import type { Rule } from "./rule";
import { howToGive } from "./how-to";
import { isUnreachable } from "./unreachable";

export const backlogReachesSoftware: Rule = {
  id: "backlog-reaches-software",
  severity: "error",
  title: "A declared backlog is one that the software can be given",
  why: "Some programs pass a number to listen() that is compiled in. No configuration and no sysctl raises it, so a deployment that waits for another effective backlog can only fail.",
  judge: ({ services }) =>
    services.filter(isUnreachable).map((service) => ({
      subject: service.name,
      wanted: `a backlog of ${service.backlog}`,
      got: String(service.asked),
      cause: `${service.listener?.title ?? service.name} always passes ${service.asked} to listen(): the number is compiled in, and no configuration reaches it.`,
      fix: `declare backlog: ${service.asked} for ${service.name}. Otherwise: ${howToGive(service, service.backlog)}`,
    })),
};
