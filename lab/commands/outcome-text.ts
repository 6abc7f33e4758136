import type { Diagnostic, Outcome } from "../stack";

/** What the engine did or refused, for people. */
export function outcomeText(outcome: Outcome): string {
  const lines = [
    ...outcome.policyViolations.map(
      ({ level, policy, message }) =>
        `  ${level === "mandatory" ? "REFUSED" : "note"} by the policy ${policy}:\n${indent(onLines(message))}`,
    ),
    ...outcome.diagnostics
      .filter((diagnostic) => isNews(diagnostic) && !isSaidByPolicy(diagnostic, outcome))
      .map(({ severity, message }) => indent(severity === "warning" ? `warning: ${message}` : message)),
  ];
  return lines.join("\n");
}

/** A finding is one line in Pulumi's own output; here there is room. */
function onLines(message: string): string {
  return message.replace(/ (?=(?:Cause|Fix|See): )/g, "\n  ");
}

/** The engine closes with an error that only says that there was one. */
function isNews({ severity, message }: Diagnostic): boolean {
  return severity !== "info" && !/^(?:preview|update) failed$/.test(message);
}

/** A component warns of what a policy then refuses, in the same words after the name of the rule: once is enough. */
function isSaidByPolicy({ message }: Diagnostic, { policyViolations }: Outcome): boolean {
  const finding = message.slice(message.indexOf(": ") + 2);
  return policyViolations.some((violation) => violation.message.includes(finding));
}

/** How many resources an operation creates, changes, deletes: `create 9, same 1`. */
export function changesText(outcome: Outcome): string {
  const changes = Object.entries(outcome.changes).filter(([, count]) => count > 0);
  return changes.length === 0 ? "nothing" : changes.map(([what, count]) => `${what} ${count}`).join(", ");
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
