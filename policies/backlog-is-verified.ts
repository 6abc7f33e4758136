import type { StackValidationPolicy } from "@pulumi/policy";
import { REMOTE_COMMAND, TUNED_SERVER } from "./types";

/** Finds a TunedServer that nothing verifies, for example because a transform took its verification away. */
export const backlogIsVerifiedPolicy: StackValidationPolicy = {
  name: "backlog-is-verified",
  displayName: "Every tuned server is verified",
  description:
    "Every TunedServer has its verification: the remote command that reads the effective backlog back.",
  enforcementLevel: "advisory",
  severity: "medium",
  tags: ["listen-backlog", "verification"],
  remediationSteps: "Leave the child NAME-verify of the TunedServer in the stack.",
  validateStack: (args, report) => {
    const verified = new Set(
      args.resources
        .filter((resource) => resource.type === REMOTE_COMMAND && resource.name.endsWith("-verify"))
        .map((resource) => resource.parent?.urn),
    );
    for (const server of args.resources.filter((resource) => resource.type === TUNED_SERVER)) {
      if (!verified.has(server.urn)) {
        report(
          `${server.name}: wanted a verification ${server.name}-verify, got none. ` +
            "Cause: the child was removed from the stack. Fix: remove the transform that takes it away.",
          server.urn,
        );
      }
    }
  },
};
