import { expect } from "vitest";
import { resolveDeclaration, type BacklogDeclaration } from "../../../../backlog";
import {
  parseDocument,
  probeArguments,
  probeScript,
  type ProbeDocument,
  type ProbeOptions,
  type ProbeReport,
  type ReportedSocket,
} from "../../../../probe";
import { expectSchema } from "../../../probe/support/report-schema";
import { USERLANDS, type Chamber, type Run, type Step } from "./chamber";

/** What the probe says of a scenario. */
export interface Look<Document extends ProbeDocument = ProbeReport> {
  readonly status: number;
  /** The line for people. */
  readonly verdict: string;
  readonly report: Document;
  /** Each finding: what it is about, what was wanted, what is there. */
  readonly found: readonly string[];
  readonly stderr: string;
}

/** Where sockets listen, and with which effective backlog. */
export function queues(sockets: readonly ReportedSocket[] = []) {
  return sockets.map(({ local, recvQ, sendQ }) => ({ local, recvQ, sendQ }));
}

/**
 * Runs the probe with these arguments in every userland: they must agree in every byte, have written nothing, and have sent what
 * the published schema describes.
 */
export async function runIn(
  chamber: Chamber,
  steps: readonly Step[],
  args: readonly string[],
  uid = 0,
): Promise<Run> {
  const answer = await chamber.ask({
    steps,
    script: probeScript(),
    runs: USERLANDS.map(({ argv, path }) => ({ argv: [...argv, "-s", "--", ...args], path })),
    uid,
  });
  expect(answer.written).toEqual([]);
  const [first, ...others] = answer.runs.map((run) => {
    expect(run.stdout + run.stderr).toMatch(/^[\x20-\x7e\n]*$/);
    expect(run.stdout.length).toBeLessThan(24_000);
    expectSchema(run.stdout);
    // All that may differ.
    return {
      ...run,
      stdout: run.stdout.replace(/"awk":"(?:mawk|gawk|original-awk|busybox)"/, '"awk":"..."'),
    };
  });
  if (first === undefined) {
    throw new Error("the chamber ran nothing");
  }
  others.forEach((other, i) => expect(other, USERLANDS[i + 1]?.name).toEqual(first));
  return first;
}

/** Looks at a host for a declaration, with the arguments that are sent to real hosts. */
export async function lookAt(
  chamber: Chamber,
  steps: readonly Step[],
  declaration: BacklogDeclaration,
  options: Partial<ProbeOptions> = {},
  uid = 0,
): Promise<Look> {
  const look = await lookForDocument(chamber, steps, declaration, options, uid);
  const { report, status, verdict } = look;
  if (report.verdict === "unknown") {
    throw new Error(`the probe could not look: ${report.reason}`);
  }
  expect(status).toBe(report.verdict === "as-declared" ? 0 : 1);
  expect(verdict.startsWith(status === 0 ? "as declared: web: " : "not as declared: web: ")).toBe(true);
  if (report.omitted?.findings === 0) {
    expect(look.stderr.match(/^FINDING on web: /gm) ?? []).toHaveLength(report.findings.length);
  }
  return { ...look, report };
}

/** The same where the probe may not be able to decide. */
export async function lookForDocument(
  chamber: Chamber,
  steps: readonly Step[],
  declaration: BacklogDeclaration,
  options: Partial<ProbeOptions> = {},
  uid = 0,
): Promise<Look<ProbeDocument>> {
  const args = probeArguments(resolveDeclaration(declaration), {
    host: "web",
    mode: "exact",
    waitSeconds: 0,
    settleSeconds: 0,
    ...options,
  });
  const { status, stdout, stderr } = await runIn(chamber, steps, args, uid);
  const report = parseDocument(stdout);
  const [verdict = "", json] = stdout.split("\n");
  expect(JSON.parse(json ?? "")).toEqual(report);
  return {
    status,
    verdict,
    report,
    found: (report.findings ?? []).map(({ subject, wanted, got }) => `${subject}: ${wanted}, got ${got}`),
    stderr,
  };
}
