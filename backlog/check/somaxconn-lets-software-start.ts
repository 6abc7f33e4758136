import type { Rule, Verdict } from "./rule";
import { isCut, isOnHost, refusesToBeCut, type JudgedService } from "./situation";

export const somaxconnLetsSoftwareStart: Rule = {
  id: "somaxconn-lets-software-start",
  severity: "error",
  title: "Software that compares its backlog with somaxconn can start",
  why: "uWSGI does not let itself be cut: it reads somaxconn before listen(), and exits if its own number is larger. The service is then down, not slow.",
  judge: ({ services }) => {
    const needed = Math.max(...services.filter(isOnHost).map(({ backlog }) => backlog));
    return services
      .filter((service) => refusesToBeCut(service) && isCut(service))
      .map((service) => refusal(service, needed));
  },
};

function refusal(service: JudgedService, neededOnHost: number): Verdict {
  const { name, backlog, somaxconn, listener, container } = service;
  // Without a look inside, somebody may have set it where the container is declared.
  const isAssumed = container !== undefined && container.somaxconn === undefined;
  return {
    severity: isAssumed ? "warning" : "error",
    subject: name,
    wanted: `net.core.somaxconn >= ${backlog}`,
    got: isAssumed ? `${somaxconn} unless it is set for the container` : String(somaxconn),
    cause: `${listener?.title ?? name} refuses to start if its backlog is above somaxconn.`,
    fix:
      container === undefined
        ? `set settings.somaxconn: ${neededOnHost}, in force before ${name} starts`
        : `start the container with --sysctl net.core.somaxconn=${backlog}`,
  };
}
