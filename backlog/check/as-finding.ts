import type { Finding } from "../finding";
import type { RuleDescription, Verdict } from "./rule";

/** What a rule found, under its name and with its severity, unless the verdict weighs less. */
export function asFinding(rule: RuleDescription) {
  return ({ severity, subject, wanted, got, cause, fix }: Verdict): Finding => ({
    rule: rule.id,
    severity: severity ?? rule.severity,
    subject,
    wanted,
    got,
    cause,
    fix,
  });
}
