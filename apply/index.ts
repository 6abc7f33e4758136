export { applyArguments, restoreArguments, type ApplyOptions } from "./arguments";
export {
  APPLY_SCHEMA,
  ApplyReportError,
  parseApplyReport,
  type AppliedSetting,
  type ApplyReport,
} from "./report";
export { applyScript, restoreScript } from "./script";
export { renderSudoers, type SudoersOptions } from "./sudoers";
