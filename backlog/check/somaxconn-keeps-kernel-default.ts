import type { Rule } from "./rule";
import { freshSomaxconn, isCut, isOnHost } from "./situation";

export const somaxconnKeepsKernelDefault: Rule = {
  id: "somaxconn-keeps-kernel-default",
  severity: "warning",
  title: "somaxconn is not set below the kernel's own default",
  why: "somaxconn caps every listener of the network namespace, also those that the declaration does not name. A single service is kept small by its own backlog.",
  judge: ({ declaration, platform, services }) => {
    const given = declaration.somaxconnGiven;
    const byDefault = freshSomaxconn(platform);
    // Where a declared backlog is cut, that is the finding, and its fix raises somaxconn.
    if (given === undefined || given >= byDefault || services.some((s) => isOnHost(s) && isCut(s))) {
      return [];
    }
    return [
      {
        subject: "settings.somaxconn",
        wanted: `${byDefault} or more`,
        got: String(given),
        cause: `The kernel's own default is ${byDefault}, and every other listener of the host is cut to ${given} as well.`,
        fix: "leave settings.somaxconn out, and declare a small backlog for the service that needs one",
      },
    ];
  },
};
