import type { Finding } from "../../finding";
import { asFinding } from "../as-finding";
import type { RuleDescription } from "../rule";
import { changedUserDataRuns } from "./changed-user-data-runs";
import type { BootFacts } from "./facts";
import { kernelTakesValue } from "./kernel-takes-value";
import type { BootRule } from "./rule";
import { settingAppliedAtFirstBoot } from "./setting-applied-at-first-boot";
import { settingSurvivesReboot } from "./setting-survives-reboot";
import { sysctlLinesAgree } from "./sysctl-lines-agree";

export type { BootFacts, LineConflict, LinePlace, LiveValue, PersistedValue, UserDataChange } from "./facts";
export { howToKeep, QUEUE_KEYS, setsKey } from "./keys";

const JUDGES: readonly BootRule[] = [
  settingSurvivesReboot,
  settingAppliedAtFirstBoot,
  sysctlLinesAgree,
  kernelTakesValue,
  changedUserDataRuns,
];

/** Every rule of {@link checkBoot}, in the order of its findings. */
export const BOOT_RULES: readonly RuleDescription[] = JUDGES.map(({ id, severity, title, why }) => ({
  id,
  severity,
  title,
  why,
}));

/** What boots do to the settings of a server. */
export interface BootJudgement {
  readonly findings: readonly Finding[];
  /**
   * By key, the most that a line asks for which does not hold. Whoever judges services judges them by these: that a value does
   * not hold is one finding, and not another for each service that it cuts.
   */
  readonly meant: Readonly<Record<string, string>>;
}

/**
 * Whether the settings that somebody wrote hold at the first boot and at every other: one cause gives one finding.
 * @param kernel as `uname -r` prints it; undefined if it is not known
 */
export function checkBoot(facts: BootFacts, kernel?: string): BootJudgement {
  const meant: Record<string, string> = {};
  const findings = JUDGES.flatMap((rule) =>
    rule.judge(facts, kernel).map((verdict): Finding => {
      for (const { key, value } of verdict.lost) {
        if (meant[key] === undefined || Number(value) > Number(meant[key])) {
          meant[key] = value;
        }
      }
      return asFinding(rule)(verdict);
    }),
  );
  return { findings, meant };
}
