// The test command: set-up, then formatter, linter, type check and all tests, with one closing line of real counts.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureEngine } from "../lab/engine/engine";
import { LabError } from "../lab/errors";
import { ensureHostsReady } from "../lab/hosts";
import { openLab } from "../lab/identity";
import { createProgress } from "../lab/progress";
import { ensureTestPackages } from "./e2e/support/packages";

const CHECKOUT = path.resolve(__dirname, "..");

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(): Promise<void> {
  const progress = createProgress(process.stderr);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const lab = openLab();
  await progress.step("set-up: packages, engine, base image", async () => {
    await ensureTestPackages(progress);
    await Promise.all([ensureEngine(lab, progress), ensureHostsReady(lab, progress)]);
  });
  for (const [title, command] of [
    ["formatter", ["prettier", "--check", "--log-level", "warn", "."]],
    ["linter", ["eslint", "--max-warnings", "0", "."]],
    ["type check", ["tsc", "--noEmit", "-p", "."]],
  ] as const) {
    const good = await progress.step(title, () => run(command));
    counts[good ? "passed" : "failed"] += 1;
  }
  await runVitest(counts);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  // A test that did not run proves nothing.
  process.exitCode = counts.failed + counts.skipped > 0 ? 1 : 0;
}

/** Runs every project of vitest and adds its counts. A run that ends without a report counts as one failure. */
async function runVitest(counts: Counts): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-tests-"));
  const file = path.join(folder, "report.json");
  const good = await run([
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  const report = readReport(file);
  fs.rmSync(folder, { recursive: true });
  counts.passed += report?.numPassedTests ?? 0;
  counts.failed += report?.numFailedTests ?? 0;
  counts.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  // A file that fails outside of a test (a hook, an import) makes vitest fail without a failed test.
  if (!good && (report?.numFailedTests ?? 0) === 0) {
    counts.failed += 1;
  }
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

function readReport(file: string): VitestReport | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as VitestReport) : undefined;
}

/** Runs a tool of the project with its output in sight. */
function run(command: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const [tool = "", ...args] = command;
    const child = spawn(path.join(CHECKOUT, "node_modules", ".bin", tool), args, {
      cwd: CHECKOUT,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0));
  });
}

main().catch((error: unknown) => {
  if (error instanceof LabError) {
    console.error(`could not run: ${error.message}\n  instead: ${error.fix}`);
  } else {
    console.error(error);
  }
  console.log("0 passed, 1 failed");
  process.exitCode = 2;
});
