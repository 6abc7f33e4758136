import type { Outcome } from "../stack";

/** The policy, the component or the probe has said no: what was declared does not hold, or cannot. */
const JUDGED = [
  /These inputs cannot be used:/,
  // The probe's exit code 1; 2 is "could not look".
  /Process exited with status 1: running /,
];

/** The exit code of a preview or an update: 0 good, 1 refused or not as declared, 2 could not run. */
export function exitCodeOf({ ok, policyViolations, diagnostics }: Outcome): 0 | 1 | 2 {
  if (ok) {
    return 0;
  }
  const judged =
    policyViolations.some(({ level }) => level === "mandatory") ||
    diagnostics.some(
      ({ severity, message }) => severity === "error" && JUDGED.some((pattern) => pattern.test(message)),
    );
  return judged ? 1 : 2;
}
