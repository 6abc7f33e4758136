import { LabError } from "./errors";
import type { LabStack } from "./stack";
import type { ReportRow } from "../probe";

/** A server of the stack, as the stack's outputs have it. */
export interface StackServer {
  readonly name: string;
  readonly instanceId: string;
  readonly address: string;
  readonly hostKey: string;
  readonly verifyCommand: string;
}

/** What the last `up` left in the stack's outputs. */
export interface StackOutputs {
  readonly servers: readonly StackServer[];
  readonly report: readonly ReportRow[];
}

export function nothingIsUp(): LabError {
  return new LabError("no servers are up in this lab", { fix: "npm run lab -- up" });
}

/** @throws LabError when nothing is up */
export async function readOutputs(stack: LabStack): Promise<StackOutputs> {
  const outputs = await stack.outputs();
  const { servers, report } = outputs as Partial<StackOutputs>;
  if (servers === undefined || report === undefined) {
    throw nothingIsUp();
  }
  return { servers, report };
}

/** @throws LabError that names the servers that there are */
export function findServer(servers: readonly StackServer[], name: string): StackServer {
  const server = servers.find((candidate) => candidate.name === name);
  if (server === undefined) {
    const names = servers.map((candidate) => candidate.name);
    throw new LabError(`no server ${JSON.stringify(name)} in this lab; there are: ${names.join(", ")}`, {
      fix: `npm run lab -- ssh ${names[0] ?? "web"}`,
    });
  }
  return server;
}
