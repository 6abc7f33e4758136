import { POLICY_PACK, type Session } from "../session";
import type { OperationOptions, Outcome } from "../stack";
import { exitCodeOf } from "./exit-code";
import { requireUninterrupted } from "./interrupted";
import { changesText, outcomeText } from "./outcome-text";
import type { CommandResult } from "./result";

/** Previews the stack under the policy pack. @param other another configuration or program in the place of its own */
export async function preview(
  session: Session,
  other: Pick<OperationOptions, "config" | "program"> = {},
): Promise<CommandResult & { outcome: Outcome }> {
  const outcome = await session.progress.step("preview the stack with the policy pack", () =>
    session.stack.preview({ ...other, policyPacks: [POLICY_PACK] }),
  );
  requireUninterrupted(session, outcome);
  const verdict = outcome.ok
    ? `preview: ${changesText(outcome)}; the policies refuse nothing`
    : "preview: refused";
  return {
    outcome,
    exitCode: exitCodeOf(outcome),
    document: { command: "preview", ...outcome },
    text: [verdict, outcomeText(outcome)].filter(Boolean).join("\n"),
  };
}
