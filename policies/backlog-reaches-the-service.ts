import { declares, instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";

/** Advises where somaxconn is raised, and the software goes on asking for less. */
export const backlogReachesTheService: PolicyDefinition = {
  name: "backlog-reaches-the-service",
  displayName: "A raised backlog reaches the service",
  description: "What is declared for a service, or raised for it, is a backlog that its software asks for.",
  level: "advisory",
  severity: "medium",
  cause:
    "somaxconn is raised and the software keeps a smaller backlog of its own; its configuration gives it less than is declared; or no configuration of it reaches listen().",
  why: "somaxconn is a cap and gives nobody anything. nginx, Redis and Node.js ask for 511 whatever it is: the sysctl is set, believed in, and does nothing.",
  remediationSteps:
    "Give the software the declared backlog by the line in the message, or declare the backlog that it has.",
  tags: ["reliability"],
  rules: [
    "backlog-reaches-software",
    "directive-carries-backlog",
    "configuration-gives-declared-backlog",
    "software-follows-somaxconn",
    "backlog-has-its-own-setting",
    "raised-somaxconn-is-used",
    "socket-unit-owns-socket",
    "relisten-takes-hold",
  ],
  example: {
    before: instance(tuned("net.core.somaxconn = 16384"), declares("redis:6379")),
    after: instance(tuned("net.core.somaxconn = 16384"), declares("redis:6379:16384")),
  },
};
