export { probeArguments, probeCommand, type ProbeOptions, type VerifyMode } from "./arguments";
export { judge, type Judgement } from "./judge";
export { parseDocument, parseReport, ReportError } from "./parse-report";
export {
  REPORT_SCHEMA,
  type LosingLine,
  type Omitted,
  type OverflowCounters,
  type ProbeDocument,
  type ProbeReport,
  type ReportedNamespace,
  type ReportedOs,
  type ReportedService,
  type ReportedSetting,
  type ReportedSocket,
  type ReportedTools,
  type UndecidedReport,
} from "./report";
export { probeScript } from "./script";
export { reportRows, type ReportRow } from "./rows";
