/** sysctl.d files: what they say, how they are written, and what a set of them means to the two tools that apply them. */
export { explainLoss, formatOrigin } from "./explain";
export type { FileStatus } from "./files";
export { canonicalKey, dottedForm, keyProblem, KEY_MAX_LENGTH, sameKey } from "./key";
export {
  mergeBoot,
  mergeFile,
  mergeProcpsSystem,
  type Assignment,
  type KeyOutcome,
  type Loser,
  type LossReason,
  type MergeDiagnostic,
  type MergedFile,
  type MergeOptions,
  type MergeResult,
  type Origin,
} from "./merge";
export {
  parseSysctlFile,
  settingsOf,
  type DiagnosticReason,
  type Dialect,
  type ParsedSysctlFile,
  type SysctlDiagnostic,
  type SysctlEntry,
} from "./parse";
export { renderSysctlFile, settingsProblems } from "./render";
export type { SysctlTree, TreeNode } from "./tree";
export { isValue, valueProblem, valueText, VALUE_MAX_LENGTH } from "./value";
