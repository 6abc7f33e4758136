import { POLICY_PACK, type Session } from "../session";
import type { Outcome } from "../stack";
import { exitCodeOf } from "./exit-code";
import { requireUninterrupted } from "./interrupted";
import { changesText, outcomeText } from "./outcome-text";
import type { CommandResult } from "./result";

/** Previews the stack under the policy pack. */
export async function preview(
  session: Session,
  config?: string,
): Promise<CommandResult & { outcome: Outcome }> {
  const outcome = await session.progress.step("preview the stack with the policy pack", () =>
    session.stack.preview({ policyPacks: [POLICY_PACK], config }),
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
