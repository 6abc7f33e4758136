import type { ReportViolation } from "@pulumi/policy";
import { advise } from "./advise";
import type { Settings } from "./config/settings";
import { declares, instance, tuned } from "./examples";
import type { Judgement } from "./judge";
import type { Pack } from "./pack";
import { onOneLine } from "./message";
import { notApplicable } from "./not-applicable";
import { pageOf } from "./names";
import { headOf, type PolicyDefinition, type PolicyOfBoth } from "./policy";
import type { Resource } from "./subjects";

export const backlogCanBeJudged: PolicyDefinition = {
  name: "backlog-can-be-judged",
  displayName: "The backlog can be judged",
  description: "Everything that decides the backlog of a server is visible to the policies.",
  level: "advisory",
  severity: "low",
  cause:
    "A property is not known before the update, user data cannot be read, or nothing says what decides: then the other policies are silent about it, and this one says so, once for each resource.",
  why: "Silence would look like a verdict. What is not known in the preview is judged again before the resource is deployed, and refused there if it is wrong.",
  remediationSteps: "Write the values plainly, or let the server be verified after the deployment.",
  tags: ["visibility"],
  rules: [],
  example: {
    before: instance("#!/bin/sh\ntrue\n", declares("nginx:80:8192")),
    after: instance(tuned("net.core.somaxconn = 8192"), declares("nginx:80:8192")),
  },
};

/** The first of the pack: its configuration holds for all. */
export function backlogCanBeJudgedPolicy(pack: Pack): PolicyOfBoth {
  const { name } = backlogCanBeJudged;
  return {
    ...headOf(backlogCanBeJudged),
    validateResource: (args, report) => {
      const settings = pack.settingsFor(name, args);
      const judgement = pack.judge(args, settings);
      if ("notApplicable" in judgement) {
        notApplicable(args, judgement.notApplicable);
        return;
      }
      speak(pack, settings, report, args, judgement);
    },
    validateStack: (args, report) => {
      const settings = pack.settingsFor(name, args);
      for (const { resource, judgement } of pack.judgeWithTemplates(args.resources, settings)) {
        speak(pack, settings, report, resource, judgement);
      }
    },
  };
}

function speak(
  pack: Pack,
  settings: Settings,
  report: ReportViolation,
  resource: Pick<Resource, "urn" | "type" | "name">,
  { notes, unknown }: Judgement,
): void {
  const { name } = backlogCanBeJudged;
  if ((notes.length === 0 && unknown === undefined) || pack.isExempted(name, resource, settings)) {
    return;
  }
  const line = onOneLine(
    `${resource.name}: cannot be judged: ${[unknown ?? [], notes].flat().join("; ")}.${pack.expiryOf(name, resource, settings)} See: ${pageOf(name)}`,
  );
  // What is not known yet is judged before it is deployed. A preview that it stopped would never pass.
  if (unknown === undefined) {
    report(line, resource.urn);
  } else {
    advise(report, backlogCanBeJudged, line, resource.urn);
  }
}
