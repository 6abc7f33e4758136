/** The policies of the pack, in the order in which they speak. */
export const POLICY_NAMES = [
  "backlog-can-be-judged",
  "somaxconn-covers-backlog",
  "backlog-reaches-the-service",
  "backlog-survives-reboot",
  "backlog-applied-at-first-boot",
  "sysctl-files-agree",
  "changed-user-data-takes-effect",
  "syn-flood-protection",
  "backlog-within-limits",
  "somaxconn-keeps-kernel-default",
  "containers-set-their-own",
  "backlog-is-verified",
  "exemptions-are-reviewed",
] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];

/** Where the pack tells more about a policy: a section of RULES.md, which the package brings along. */
export function pageOf(name: PolicyName): string {
  return `RULES.md#${name}`;
}

/** The name of a policy among the arguments of `ListenBacklogPolicies`: `somaxconnCoversBacklog`. */
export function argumentName(name: PolicyName): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
