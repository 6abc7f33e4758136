import type { ApplyReport } from "../../apply";
import { declaredServers, repairServers } from "../repair";
import { readOutputs } from "../servers";
import type { Session } from "../session";
import type { CommandResult } from "./result";
import { verify } from "./verify";

/**
 * Puts right what drifted from the declaration since the last `up`, having said what it will do. What it cannot put right (another
 * file that wins, a service that somebody stopped) is found by the look at the end.
 */
export async function repair(session: Session): Promise<CommandResult> {
  const { servers } = await readOutputs(session.stack);
  const declared = declaredServers(servers, session.files.config);
  const plans = await session.progress.step("ask every server what there is to repair", () =>
    repairServers(declared, session.key, true),
  );
  session.progress.print(plans.map((plan) => lines(plan, "nothing to repair")).join("\n"));
  const refused = plans.some(({ verdict }) => verdict === "refused");
  const toDo = plans.filter(({ verdict }) => verdict === "planned").map(({ host }) => host);
  const repairs =
    refused || toDo.length === 0
      ? []
      : await session.progress.step("repair, one server beside the other", () =>
          repairServers(
            declared.filter(({ server }) => toDo.includes(server.name)),
            session.key,
            false,
          ),
        );
  const looked = await verify(session);
  const failed = refused || repairs.some(({ verdict }) => verdict === "failed" || verdict === "refused");
  return {
    exitCode: failed ? 1 : looked.exitCode,
    document: { command: "repair", plans, repairs, verify: looked.document },
    text: [...repairs.map((done) => lines(done, "nothing to repair")), looked.text].join("\n"),
  };
}

function lines({ host, steps, reason }: ApplyReport, otherwise: string): string {
  const said = [...steps, reason].filter(Boolean);
  return (said.length === 0 ? [otherwise] : said).map((text) => `  ${host}: ${text}`).join("\n");
}
