import type { ResourceValidationPolicy } from "@pulumi/policy";
import { formatFinding, somaxconnCoversBacklog } from "../backlog";
import { declaredByInstance, declaredByTunedServer } from "./declared";
import { EC2_INSTANCE, isPartOfTunedServer, TUNED_SERVER } from "./types";

/** Refuses a configured somaxconn below a declared backlog: `listen()` would cut the backlog in silence. */
export const somaxconnCoversBacklogPolicy: ResourceValidationPolicy = {
  name: "somaxconn-covers-backlog",
  displayName: "somaxconn covers every declared backlog",
  description:
    "The configured net.core.somaxconn is no less than every backlog that is declared for the server.",
  enforcementLevel: "mandatory",
  severity: "high",
  tags: ["listen-backlog", "reliability"],
  remediationSteps:
    "Raise net.core.somaxconn to the largest declared backlog, or declare the backlog that the service can do with.",
  validateResource: (args, report) => {
    const isServer = args.type === TUNED_SERVER;
    if (!isServer && (args.type !== EC2_INSTANCE || isPartOfTunedServer(args.urn))) {
      args.notApplicable("neither a TunedServer nor an EC2 instance of its own");
    }
    const declared = isServer ? declaredByTunedServer(args.props) : declaredByInstance(args.props);
    const covered =
      declared.somaxconn === undefined
        ? []
        : somaxconnCoversBacklog(
            declared.somaxconn,
            declared.services,
            isServer ? "declaration" : "sysctl.d",
          );
    for (const finding of [...declared.findings, ...covered]) {
      report(`${args.name}: ${formatFinding(finding)}`);
    }
    if (declared.unknown) {
      throw declared.unknown;
    }
  },
};
