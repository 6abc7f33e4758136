import { parseReport, probeScript, ReportError, type ProbeReport } from "../probe";
import { ssh, type SshTarget } from "./hosts";
import type { OperatorKey } from "./keys";
import type { StackServer } from "./servers";

/** What a look at one server found. */
export type Verification =
  | { readonly server: string; readonly report: ProbeReport; readonly findings: string }
  | { readonly server: string; readonly report?: undefined; readonly reason: string };

/** Longer than the probe waits for cloud-init and for services. Milliseconds. */
const LONGEST_LOOK = 420_000;

/** Looks at every server at once: one SSH connection each, and the same probe and arguments as the deployment. */
export function verifyServers(servers: readonly StackServer[], key: OperatorKey): Promise<Verification[]> {
  return Promise.all(servers.map((server) => verifyServer(server, key)));
}

async function verifyServer(server: StackServer, key: OperatorKey): Promise<Verification> {
  const { stdout, stderr, code } = await ssh({
    ...sshTarget(server, key),
    command: server.verifyCommand,
    input: probeScript(),
    timeout: LONGEST_LOOK,
  });
  try {
    return { server: server.name, report: parseReport(stdout), findings: stderr.trim() };
  } catch (error) {
    if (!(error instanceof ReportError)) {
      throw error;
    }
    const reason = code === 255 ? whyUnreachable(server, stderr) : error.message;
    return { server: server.name, reason };
  }
}

/** What OpenSSH's last words mean for whoever wanted to reach a server. */
export function whyUnreachable({ address }: StackServer, stderr: string): string {
  return /host key verification failed|REMOTE HOST IDENTIFICATION/i.test(stderr)
    ? `another host answers at ${address}: its SSH host key is not the pinned one, so it was refused`
    : `no SSH connection to ${address}: ${stderr.trim().split("\n").at(-1) ?? ""}`;
}

/** How to reach a server of the lab: its pinned host key, and the lab's own key. */
export function sshTarget(server: StackServer, key: OperatorKey): SshTarget {
  return { address: server.address, hostKey: server.hostKey, identityFile: key.file };
}
