import { readOutputs } from "../servers";
import type { Session } from "../session";
import { renderReport } from "../table";
import type { CommandResult } from "./result";

/** The report that the last `up` left in the stack's outputs. */
export async function report(session: Session): Promise<CommandResult> {
  const { report: rows } = await readOutputs(session.stack);
  const good = rows.every((row) => row.verdict === "as declared");
  return { exitCode: good ? 0 : 1, document: { command: "report", report: rows }, text: renderReport(rows) };
}
