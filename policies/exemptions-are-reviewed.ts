import type { StackValidationPolicy } from "@pulumi/policy";
import { pageOf } from "./names";
import type { Pack } from "./pack";
import { headOf, type PolicyDefinition } from "./policy";

export const exemptionsAreReviewed: Omit<PolicyDefinition, "rules" | "example"> = {
  name: "exemptions-are-reviewed",
  displayName: "Exemptions are seen, and end",
  description: "Every exemption that is in use is seen, and none is left that nobody needs.",
  level: "advisory",
  severity: "low",
  cause: "An exemption was used in this preview or update, or nothing needed it.",
  why: "An exemption that nobody sees outlives its reason. One that nothing needs hides what comes next.",
  remediationSteps: "Mend what is exempted before the exemption expires, and take out what is not needed.",
  tags: ["exemptions"],
};

/** Speaks last: only then is it known what was used. */
export function exemptionsAreReviewedPolicy(pack: Pack): StackValidationPolicy {
  const { name } = exemptionsAreReviewed;
  return {
    ...headOf(exemptionsAreReviewed),
    validateStack: (args, report) => {
      pack.settingsFor(name, args);
      for (const { exemption, policy, urn, name: resource } of pack.exemptions.used()) {
        report(
          `${resource}: exempted from ${policy} until ${exemption.expires}. Reason: ${shown(exemption.reason)} See: ${pageOf(name)}`,
          urn,
        );
      }
      for (const { policy, pattern, expires } of pack.exemptions.unused(
        args.resources.map(({ urn }) => urn),
      )) {
        report(
          `the exemption of ${shown(pattern)} from ${policy ?? "every policy"} until ${expires} was not needed. ` +
            `Fix: take it out of the configuration. See: ${pageOf(name)}`,
        );
      }
    },
  };
}

/** On one line, and nothing that a terminal would obey. */
function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").trim();
}
