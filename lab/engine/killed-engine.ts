import * as fs from "node:fs";
import * as path from "node:path";
import type { Deployment, Stack } from "@pulumi/pulumi/automation";

import type { Backend, InterruptedOperation } from "./backend";
import type { LabCommand } from "./command";
import { STACK_NAME, type WorkFolder } from "./work-folder";

/**
 * Clears what a killed engine left on the stack: its lock, and operations whose end nobody knows.
 *
 * @returns those operations: the state says nothing about them any more
 */
export async function clearKilledEngine(
  backend: Backend,
  stack: Stack,
  command: LabCommand,
  work: WorkFolder,
  note: (text: string) => void,
): Promise<InterruptedOperation[]> {
  if (await backend.endEarlierEngines(note)) {
    note("cancelling the lock that a killed engine left on the stack");
    await stack.cancel();
  }
  const interrupted = backend.interrupted();
  if (interrupted.length > 0) {
    note(
      `clearing ${interrupted.length} operation(s) that a killed engine had under way: ${interrupted.map((o) => o.urn).join(", ")}`,
    );
    await clearPendingOperations(command, work.folder);
  }
  return interrupted;
}

/** Not by the Automation API, which would leave the secrets of the state in a file that everybody may read. */
async function clearPendingOperations(command: LabCommand, folder: string): Promise<void> {
  const { stdout } = await command.exec(["stack", "export", "--stack", STACK_NAME], { cwd: folder });
  const state = JSON.parse(stdout) as Deployment;
  const deployment: unknown = state.deployment;
  const file = path.join(folder, "repaired.json");
  const repaired = { ...state, deployment: { ...(deployment as object), pending_operations: [] } };
  fs.writeFileSync(file, JSON.stringify(repaired), { mode: 0o600 });
  try {
    await command.exec(["stack", "import", "--file", file, "--stack", STACK_NAME], { cwd: folder });
  } finally {
    fs.rmSync(file);
  }
}
