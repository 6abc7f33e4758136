import { LabError } from "../errors";
import { CommandFailure } from "./command";
import type { Outcome } from "./outcome";

/** Why a run of the CLI came to nothing, for people. What is a fault of the program around it stays as it is. */
export function couldNotRun(error: unknown, what: string): Error {
  if (error instanceof LabError) {
    return error;
  }
  if (error instanceof CommandFailure) {
    return new LabError(
      `${what}: pulumi ${error.args[0] ?? ""} ended with exit code ${error.outcome.code}\n  ${lastLines(error).join("\n  ")}`,
      {
        fix: "correct what the message above names, then try again",
        cause: error,
      },
    );
  }
  // Not the engine's doing: a fault of the program around it, with its stack.
  return error instanceof Error ? error : new Error(String(error));
}

/** What the engine only said as text counts as a diagnostic where nothing else says why it failed. */
export function withReason(outcome: Outcome, failure: CommandFailure): Outcome {
  const told =
    outcome.policyViolations.length > 0 || outcome.diagnostics.some(({ severity }) => severity === "error");
  return told
    ? outcome
    : {
        ...outcome,
        diagnostics: [
          ...outcome.diagnostics,
          { severity: "error", urn: undefined, message: lastLines(failure).join("\n") },
        ],
      };
}

function lastLines({ outcome: { stdout, stderr } }: CommandFailure): string[] {
  return (stderr || stdout).trim().split("\n").slice(-8);
}
