import { formatProblem, type Finding } from "../finding";
import type { ResolvedDeclaration } from "../resolve";
import { asFinding } from "./as-finding";
import { backlogFits16Bits } from "./backlog-fits-16-bits";
import { backlogHasItsOwnSetting } from "./backlog-has-its-own-setting";
import { backlogReachesSoftware } from "./backlog-reaches-software";
import { configurationGivesDeclaredBacklog } from "./configuration-gives-declared-backlog";
import { containerHasOwnSomaxconn } from "./container-has-own-somaxconn";
import { cookiesKeepOptions } from "./cookies-keep-options";
import { directiveCarriesBacklog } from "./directive-carries-backlog";
import { fullQueuesFitMemory } from "./full-queues-fit-memory";
import { maxSynBacklogCoversBacklog } from "./max-syn-backlog-covers-backlog";
import { maxSynBacklogTakesEffect } from "./max-syn-backlog-takes-effect";
import { openFilesCoverQueue } from "./open-files-cover-queue";
import { validatePlatform, type Platform } from "./platform";
import { queueWaitFitsLatencyBudget } from "./queue-wait-fits-latency-budget";
import { raisedSomaxconnIsUsed } from "./raised-somaxconn-is-used";
import { relistenTakesHold } from "./relisten-takes-hold";
import type { Rule, RuleDescription } from "./rule";
import { serviceStartsAfterSetting } from "./service-starts-after-setting";
import { situationOf } from "./situation";
import { smallBacklogStillQueues } from "./small-backlog-still-queues";
import { socketUnitOwnsSocket } from "./socket-unit-owns-socket";
import { softwareFollowsSomaxconn } from "./software-follows-somaxconn";
import { somaxconnCoversBacklogRule } from "./somaxconn-covers-backlog";
import { somaxconnKeepsKernelDefault } from "./somaxconn-keeps-kernel-default";
import { somaxconnLetsSoftwareStart } from "./somaxconn-lets-software-start";
import { syncookiesProtectProduction } from "./syncookies-protect-production";
import { backlogsOutOfRange, isBacklogInRange, settingsOutOfRange, valuesInRange } from "./values-in-range";

export {
  validatePlatform,
  type ContainerFacts,
  type DirectiveEvidence,
  type Environment,
  type Platform,
  type ServicePlatform,
  type StartedBy,
} from "./platform";
export * from "./boot";
export * from "./container";
export type { RuleDescription } from "./rule";
export { somaxconnCoversBacklog, type BacklogClaim, type SomaxconnSource } from "./somaxconn-covers-backlog";

/** The order of the findings: what each service gets, how it re-listens, what the queue costs, then the SYN queue. */
const JUDGES: readonly Rule[] = [
  somaxconnCoversBacklogRule,
  somaxconnLetsSoftwareStart,
  containerHasOwnSomaxconn,
  backlogReachesSoftware,
  directiveCarriesBacklog,
  configurationGivesDeclaredBacklog,
  softwareFollowsSomaxconn,
  backlogHasItsOwnSetting,
  raisedSomaxconnIsUsed,
  somaxconnKeepsKernelDefault,
  socketUnitOwnsSocket,
  relistenTakesHold,
  serviceStartsAfterSetting,
  smallBacklogStillQueues,
  backlogFits16Bits,
  fullQueuesFitMemory,
  queueWaitFitsLatencyBudget,
  openFilesCoverQueue,
  maxSynBacklogTakesEffect,
  maxSynBacklogCoversBacklog,
  syncookiesProtectProduction,
  cookiesKeepOptions,
];

/** Every rule of {@link checkBacklog}, in the order of its findings. */
export const RULES: readonly RuleDescription[] = [valuesInRange, ...JUDGES].map(
  ({ id, severity, title, why }) => ({ id, severity, title, why }),
);

/**
 * Whether a declaration is sound: what cannot work is an `error`, what is risky a `warning`, what only explains `info`. The same
 * answer for the components, the policies and the command. One cause gives one finding; a sound declaration gives none.
 * @param platform what is known of the place where it is used; a rule that lacks its fact stays quiet
 * @returns findings by rule in the order of {@link RULES}, and by service in the order of the declaration
 * @throws RangeError with every problem of {@link validatePlatform}, one per line, if the platform is not valid
 */
export function checkBacklog(declaration: ResolvedDeclaration, platform: Platform = {}): Finding[] {
  const problems = validatePlatform(platform);
  if (problems.length > 0) {
    throw new RangeError(problems.map(formatProblem).join("\n"));
  }
  const settings = settingsOutOfRange(declaration);
  const outOfRange = [...backlogsOutOfRange(declaration), ...settings].map(asFinding(valuesInRange));
  if (settings.length > 0) {
    return outOfRange; // Every other rule would compute with them.
  }
  const situation = situationOf(
    { ...declaration, services: declaration.services.filter(isBacklogInRange) },
    platform,
  );
  return [...outOfRange, ...JUDGES.flatMap((rule) => rule.judge(situation).map(asFinding(rule)))];
}
