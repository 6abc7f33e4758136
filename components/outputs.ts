/** One thing that is wrong or risky on a host, as the outputs of a component have it. */
export interface ReportedFinding {
  /** Stable id of the rule, such as `effective-backlog`. */
  rule: string;
  /** `error`, `warning` or `info`. */
  severity: string;
  /** What it is about: a service, a setting, a socket or a file. */
  subject: string;
  /** What must hold. */
  wanted: string;
  /** What is there instead. */
  got: string;
  /** Why it is so, in one sentence. */
  cause: string;
  /** The line to type, or the step to take. */
  fix: string;
}
