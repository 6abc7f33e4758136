import { LabError } from "../errors";
import type { Session } from "../session";
import { changesText, outcomeText } from "./outcome-text";
import type { CommandResult } from "./result";

/** Destroys the stack, then everything of the lab on this machine, and looks whether anything is left. */
export async function destroy(session: Session): Promise<CommandResult> {
  const outcome = await session.progress.step("destroy the stack", () =>
    // Ctrl-C before it ended something else; what is left is cleared all the same.
    session.stack.destroy({ uninterrupted: true }),
  );
  if (!outcome.ok) {
    throw new LabError(`the stack could not be destroyed\n${outcomeText(outcome)}`, {
      fix: "npm run lab -- destroy once more",
    });
  }
  const left = await session.progress.step("look for anything that is left", async () => {
    await session.hosts.destroyAll();
    return session.hosts.leftovers();
  });
  if (left.length > 0) {
    throw new LabError(`the lab left something behind: ${left.join("; ")}`, {
      fix: "npm run lab -- destroy once more",
    });
  }
  return {
    exitCode: 0,
    document: { command: "destroy", changes: outcome.changes, left },
    text: `destroy: ${changesText(outcome)}; nothing is left: no process, mount, namespace, link or cgroup`,
  };
}
