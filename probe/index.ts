export { probeArguments, probeCommand, type ProbeOptions, type VerifyMode } from "./arguments";
export {
  parseReport,
  REPORT_SCHEMA,
  ReportError,
  type ProbeReport,
  type ReportedService,
  type ReportedSetting,
  type ReportedSocket,
} from "./report";
export { probeScript } from "./script";
export { reportRows, type ReportRow } from "./rows";
