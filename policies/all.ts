import type { Policies } from "@pulumi/policy";
import { backlogAppliedAtFirstBoot } from "./backlog-applied-at-first-boot";
import { backlogCanBeJudged, backlogCanBeJudgedPolicy } from "./backlog-can-be-judged";
import { backlogIsVerified, backlogIsVerifiedPolicy } from "./backlog-is-verified";
import { backlogReachesTheService } from "./backlog-reaches-the-service";
import { backlogSurvivesReboot } from "./backlog-survives-reboot";
import { backlogWithinLimits } from "./backlog-within-limits";
import { changedUserDataTakesEffect } from "./changed-user-data-takes-effect";
import { containersSetTheirOwn } from "./containers-set-their-own";
import { exemptionsAreReviewed, exemptionsAreReviewedPolicy } from "./exemptions-are-reviewed";
import { Pack, type PackOptions } from "./pack";
import { resourcePolicy, type LeftOut, type PolicyDefinition } from "./policy";
import { somaxconnCoversBacklog } from "./somaxconn-covers-backlog";
import { somaxconnKeepsKernelDefault } from "./somaxconn-keeps-kernel-default";
import { synFloodProtection } from "./syn-flood-protection";
import { sysctlFilesAgree } from "./sysctl-files-agree";

/** The policies that look at one resource, each with the rules of the model that are its own. */
export const RESOURCE_POLICIES: readonly PolicyDefinition[] = [
  somaxconnCoversBacklog,
  backlogReachesTheService,
  backlogSurvivesReboot,
  backlogAppliedAtFirstBoot,
  sysctlFilesAgree,
  changedUserDataTakesEffect,
  synFloodProtection,
  backlogWithinLimits,
  somaxconnKeepsKernelDefault,
  containersSetTheirOwn,
];

/** Every policy of the pack, as RULES.md tells of them. */
export const DEFINITIONS: readonly PolicyDefinition[] = [
  backlogCanBeJudged,
  ...RESOURCE_POLICIES,
  backlogIsVerified,
  exemptionsAreReviewed,
];

/** Rules of the model that are no policy, and why. */
export const RULES_WITHOUT_POLICY: LeftOut = {
  "max-syn-backlog-takes-effect": "The setting does nothing and harms nobody, and most user data has it.",
  "cookies-keep-options": "It costs speed under attack alone, and hardening guides ask for it.",
  "queue-wait-fits-latency-budget": "How fast a service accepts is nothing that a preview knows.",
  "open-files-cover-queue": "The limit of open files is nothing that a preview knows.",
};

/** The policies of one pack, in the order in which they speak. */
export function createPolicies(options: PackOptions = {}): Policies {
  const pack = new Pack(options);
  return [
    backlogCanBeJudgedPolicy(pack),
    ...RESOURCE_POLICIES.map((definition) => resourcePolicy(definition, pack)),
    backlogIsVerifiedPolicy(pack),
    exemptionsAreReviewedPolicy(pack),
  ];
}
