import { declares, instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";
import { addTuningPart } from "./remedies";

/** Refuses a configured somaxconn below a declared backlog: `listen()` would cut the backlog in silence. */
export const somaxconnCoversBacklog: PolicyDefinition = {
  name: "somaxconn-covers-backlog",
  displayName: "somaxconn covers every declared backlog",
  description:
    "The configured net.core.somaxconn is no less than every backlog that is declared for the server.",
  level: "mandatory",
  severity: "high",
  cause:
    "A configured net.core.somaxconn is below a backlog that is declared for the server, or that its own user data configures; or the declaration cannot be used.",
  why: "listen() cuts a larger backlog to somaxconn at the moment of the call, without an error and without a line in any log. Under a burst the accept queue overflows, the kernel drops SYNs, and clients connect a second later or more.",
  remediationSteps:
    "Raise net.core.somaxconn to the largest declared backlog, or declare the backlog that the service can do with.",
  tags: ["reliability"],
  rules: [
    "somaxconn-covers-backlog",
    "somaxconn-lets-software-start",
    "declaration-is-valid",
    "declaration-is-visible",
  ],
  remedy: addTuningPart,
  example: {
    before: instance(tuned("net.core.somaxconn = 1024"), declares("nginx:80:4096")),
    after: instance(tuned("net.core.somaxconn = 4096"), declares("nginx:80:4096")),
  },
};
