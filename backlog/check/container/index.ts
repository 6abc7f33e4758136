import type { Finding } from "../../finding";
import { asFinding } from "../as-finding";
import type { RuleDescription } from "../rule";
import { containerSettingsHaveOwnNamespace } from "./container-settings-have-own-namespace";
import { containersOfANamespaceAgree } from "./containers-of-a-namespace-agree";
import type { NamespaceFacts } from "./facts";
import { nodeAllowsSetting } from "./node-allows-setting";
import { platformTakesContainerSettings } from "./platform-takes-container-settings";
import type { ContainerRule } from "./rule";

export type { ContainerSetting, NamespaceFacts } from "./facts";
export { isUnsafeSetting } from "./node-allows-setting";

const JUDGES: readonly ContainerRule[] = [
  containerSettingsHaveOwnNamespace,
  containersOfANamespaceAgree,
  nodeAllowsSetting,
  platformTakesContainerSettings,
];

/** Every rule of {@link checkNamespace}, in the order of its findings. */
export const CONTAINER_RULES: readonly RuleDescription[] = JUDGES.map(({ id, severity, title, why }) => ({
  id,
  severity,
  title,
  why,
}));

/** Whether what containers want to set can be set at all. What their services need is for `checkBacklog`. */
export function checkNamespace(facts: NamespaceFacts): Finding[] {
  return JUDGES.flatMap((rule) => rule.judge(facts).map(asFinding(rule)));
}
