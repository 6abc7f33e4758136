import { LabError } from "../errors";
import type { Session } from "../session";
import type { Outcome } from "../stack";

/** @throws LabError when Ctrl-C ended an operation: it says nothing of the declaration */
export function requireUninterrupted(session: Session, outcome?: Outcome): void {
  if (session.signal.aborted && outcome?.ok !== true) {
    throw new LabError("interrupted", {
      fix: "npm run lab -- up to go on where it stopped, or npm run lab -- destroy to clear everything",
    });
  }
}
