import { parse } from "yaml";
import { applyArguments, applyScript, ApplyReportError, parseApplyReport, type ApplyReport } from "../apply";
import { resolveDeclaration, validateDeclaration, type ResolvedDeclaration } from "../backlog";
import { SYSCTL_FILE_NAME } from "../cloudinit";
import { probeArguments, probeCommand } from "../probe";
import { LabError } from "./errors";
import { ssh } from "./hosts";
import type { OperatorKey } from "./keys";
import type { StackServer } from "./servers";
import { sshTarget, whyUnreachable } from "./verify";

/** As `TunedServer` looks at its servers, where the configuration says nothing else. */
const WAIT = { waitSeconds: 300, settleSeconds: 30 };

/** Longer than the script waits for cloud-init and for services. Milliseconds. */
const LONGEST_REPAIR = 600_000;

/** What the configuration declares for a server that is up. */
export interface DeclaredServer {
  readonly server: StackServer;
  readonly declaration: ResolvedDeclaration;
}

/**
 * Finds the declaration of every server that is up.
 *
 * @throws LabError where the configuration is not the one that the servers came up with: repair would be a change then
 */
export function declaredServers(servers: readonly StackServer[], config: string): DeclaredServer[] {
  const document = parse(config) as { config?: Record<string, unknown> } | null;
  const listed = document?.config?.["listen-backlog:servers"];
  const known = (Array.isArray(listed) ? listed : []) as {
    name?: unknown;
    services?: unknown;
    settings?: unknown;
  }[];
  return servers.map((server) => {
    const found = known.find(({ name }) => name === server.name);
    const { declaration } = validateDeclaration({ services: found?.services, settings: found?.settings });
    const resolved = declaration && resolveDeclaration(declaration);
    const look =
      resolved && probeCommand(probeArguments(resolved, { host: server.name, mode: "exact", ...WAIT }));
    if (resolved === undefined || look !== server.verifyCommand) {
      throw new LabError(`the configuration of ${server.name} is not the one that it came up with`, {
        fix: "npm run lab -- up, which changes it; then repair what drifts from that",
      });
    }
    return { server, declaration: resolved };
  });
}

/** Has every server put right what drifted, or only say what it would do: one SSH connection each. */
export function repairServers(
  servers: readonly DeclaredServer[],
  key: OperatorKey,
  dryRun: boolean,
): Promise<ApplyReport[]> {
  return Promise.all(servers.map((declared) => repairServer(declared, key, dryRun)));
}

async function repairServer(
  { server, declaration }: DeclaredServer,
  key: OperatorKey,
  dryRun: boolean,
): Promise<ApplyReport> {
  const { stdout, stderr, code } = await ssh({
    ...sshTarget(server, key),
    command: probeCommand(
      applyArguments(declaration, {
        host: server.name,
        mode: "exact",
        fileName: SYSCTL_FILE_NAME,
        dryRun,
        ...WAIT,
      }),
    ),
    input: applyScript(),
    timeout: LONGEST_REPAIR,
  });
  try {
    return parseApplyReport(stdout);
  } catch (error) {
    if (!(error instanceof ApplyReportError)) {
      throw error;
    }
    const reason = code === 255 ? whyUnreachable(server, stderr) : error.message;
    throw new LabError(`could not repair ${server.name}: ${reason}`, {
      fix: "npm run lab -- status, then npm run lab -- up",
      cause: error,
    });
  }
}
