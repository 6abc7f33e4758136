import { reportRows } from "../../probe";
import { LabError } from "../errors";
import { readOutputs } from "../servers";
import type { Session } from "../session";
import { renderReport } from "../table";
import { verifyServers } from "../verify";
import type { CommandResult } from "./result";

/** Looks at the servers as they are now, and finds what drifted from the declaration since the last `up`. */
export async function verify(session: Session): Promise<CommandResult> {
  const { servers } = await readOutputs(session.stack);
  const looks = await session.progress.step("look at every server over SSH", () =>
    verifyServers(servers, session.key),
  );
  const unseen = looks.flatMap((look) => (look.report ? [] : [`${look.server}: ${look.reason}`]));
  if (unseen.length > 0) {
    throw new LabError(`could not look at every server: ${unseen.join("; ")}`, {
      fix: "npm run lab -- status, then npm run lab -- up",
    });
  }
  const seen = looks.flatMap((look) => (look.report ? [look] : []));
  const reports = seen.map((look) => look.report);
  const good = reports.every((report) => report.verdict === "as-declared");
  return {
    exitCode: good ? 0 : 1,
    document: { command: "verify", verdict: good ? "as-declared" : "not-as-declared", reports },
    text: [
      renderReport(reports.flatMap((report) => reportRows(report))),
      ...seen.map((look) => look.findings).filter(Boolean),
      good ? "verify: as declared" : "verify: not as declared",
    ].join("\n"),
  };
}
