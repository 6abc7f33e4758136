import type { StackValidationPolicy } from "@pulumi/policy";
import { advise } from "./advise";
import { instance, tuned } from "./examples";
import { onOneLine } from "./message";
import { pageOf } from "./names";
import type { Pack } from "./pack";
import { headOf, type PolicyDefinition } from "./policy";

export const exemptionsAreReviewed: PolicyDefinition = {
  name: "exemptions-are-reviewed",
  scope: "stack",
  displayName: "Exemptions are seen, and end",
  description: "Every exemption that is in use is seen, and none is left that nobody needs.",
  level: "advisory",
  severity: "low",
  cause:
    "An exemption was used in this preview or update, or nothing needed it. Whatever its level, this policy refuses nothing.",
  why: "An exemption that nobody sees outlives its reason. One that nothing needs hides what comes next.",
  remediationSteps: "Mend what is exempted before the exemption expires, and take out what is not needed.",
  tags: ["exemptions"],
  rules: [],
  example: {
    before: {
      ...instance("#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n"),
      settings: {
        exemptions: [
          {
            policy: "backlog-survives-reboot",
            pattern: "web",
            reason: "moves to the new image in May",
            expires: "2030-05-31",
          },
        ],
      },
    },
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};

/** Speaks last: only then is it known what was used. */
export function exemptionsAreReviewedPolicy(pack: Pack): StackValidationPolicy {
  const { name } = exemptionsAreReviewed;
  return {
    ...headOf(exemptionsAreReviewed),
    validateStack: (args, report) => {
      pack.settingsFor(name, args);
      for (const { exemption, policy, urn, name: resource } of pack.exemptions.used()) {
        advise(
          report,
          exemptionsAreReviewed,
          onOneLine(
            `${resource}: exempted from ${policy} until ${exemption.expires}. Reason: ${exemption.reason} See: ${pageOf(name)}`,
          ),
          urn,
        );
      }
      for (const { policy, pattern, expires } of pack.exemptions.unused(
        args.resources.map(({ urn }) => urn),
      )) {
        advise(
          report,
          exemptionsAreReviewed,
          `the exemption of ${onOneLine(pattern)} from ${policy ?? "every policy"} until ${expires} was not needed. ` +
            `Fix: take it out of the configuration. See: ${pageOf(name)}`,
        );
      }
    },
  };
}
