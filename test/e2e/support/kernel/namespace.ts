import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";

import { createProgress } from "../../../../lab/progress";
import { ensureTestPackages } from "../packages";

/** Python of the same Debian release as the tools; one that happens to be first in PATH may lack anything. */
const PYTHON = "/usr/bin/python3";

/** Installs what the drivers need. For `beforeAll`. */
export async function prepareKernelTests(): Promise<void> {
  await ensureTestPackages(createProgress(process.stderr));
}

/**
 * Runs a Python driver of this folder in a network namespace of its own, asks it one question and returns its answer.
 * The namespace, its links and its settings vanish with the process, however it ends.
 * @throws Error with everything that the driver wrote, if it fails
 */
export async function measure<Answer>(driver: string, question: object = {}): Promise<Answer> {
  const child = spawn("unshare", ["--net", "--", PYTHON, "-B", join(__dirname, `${driver}.py`)]);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  child.stdin.end(JSON.stringify(question));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    throw new Error(
      `${driver}.py failed (${String(code)}) on ${JSON.stringify(question)}:\n${stdout}${stderr}`,
    );
  }
  return JSON.parse(stdout) as Answer;
}
