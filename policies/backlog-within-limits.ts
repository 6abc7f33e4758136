import { declares, instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";

/** Refuses numbers that the kernel does not take, and those that nobody means. */
export const backlogWithinLimits: PolicyDefinition = {
  name: "backlog-within-limits",
  displayName: "Backlogs are within their limits",
  description: "Every backlog and setting is a number that the kernel takes and that somebody can mean.",
  level: "mandatory",
  severity: "medium",
  cause:
    "A number is outside what the kernel takes; a backlog is above maximumBacklog (65,535), or so small that one visitor fills it; or all full queues together take more than memoryBytes.",
  why: "The kernel refuses a number outside its range and keeps the old one. 65,536 becomes 0 where 16 bits are kept. A backlog of 0 does not refuse connections: it drops SYNs in silence.",
  remediationSteps:
    "Declare a backlog between 5 and 65,535, or say in the configuration of the policy that another one is meant.",
  tags: ["reliability"],
  rules: [
    "values-in-range",
    "kernel-takes-value",
    "backlog-fits-16-bits",
    "small-backlog-still-queues",
    "full-queues-fit-memory",
  ],
  example: {
    before: instance(tuned("net.core.somaxconn = 131072"), declares("nginx:80:131072")),
    after: instance(tuned("net.core.somaxconn = 65535"), declares("nginx:80:65535")),
  },
};
