import { readOutputs } from "../servers";
import { exitCodeOf } from "./exit-code";
import { requireUninterrupted } from "./interrupted";
import { POLICY_PACK, type Session } from "../session";
import { renderReport } from "../table";
import { changesText, outcomeText } from "./outcome-text";
import type { CommandResult } from "./result";

/** Brings the stack up under the policy pack: hosts boot, verification judges them. */
export async function up(session: Session): Promise<CommandResult> {
  const outcome = await session.progress.step("bring the servers up, and verify them", () =>
    session.stack.up({ policyPacks: [POLICY_PACK] }),
  );
  requireUninterrupted(session, outcome);
  if (!outcome.ok) {
    return {
      exitCode: exitCodeOf(outcome),
      document: { command: "up", ...outcome },
      text: `up: failed\n${outcomeText(outcome)}`,
    };
  }
  const { report } = await readOutputs(session.stack);
  return {
    exitCode: 0,
    document: { command: "up", ...outcome, report },
    text: [`up: ${changesText(outcome)}`, outcomeText(outcome), renderReport(report)]
      .filter(Boolean)
      .join("\n"),
  };
}
