import * as path from "node:path";
import { CHECKOUT, readProject, type ProjectFiles } from "./config";
import { ensureEngine } from "./engine/engine";
import { ensureHostsReady, Hosts } from "./hosts";
import type { Lab } from "./identity";
import { operatorKey, type OperatorKey } from "./keys";
import { withLock } from "./lock";
import type { ProgressPrinter } from "./progress";
import { openStack, type LabStack } from "./stack";

/** Everything that a command of the lab works with. */
export interface Session {
  readonly lab: Lab;
  readonly hosts: Hosts;
  readonly key: OperatorKey;
  readonly files: ProjectFiles;
  readonly stack: LabStack;
  readonly progress: ProgressPrinter;
}

/** The pack that previews and updates of the lab run under. */
export const POLICY_PACK = path.join(CHECKOUT, "policies");

/**
 * Sets everything up, opens the lab's stack and runs `work`, alone in this lab. What an earlier run that was killed left
 * behind is cleared first: hosts that the stack's state does not know.
 */
export function withSession<T>(
  lab: Lab,
  progress: ProgressPrinter,
  signal: AbortSignal,
  configFile: string | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withLock(
    path.join(lab.dir, "lock"),
    "a command of this lab",
    async () => {
      const [engine] = await Promise.all([ensureEngine(lab, progress), ensureHostsReady(lab, progress)]);
      const key = operatorKey(lab);
      const files = readProject(key, configFile);
      const hosts = new Hosts(lab);
      const stack = await openStack(lab, engine, {
        // Loaded late: a command that needs no engine need not load the SDKs.
        program: async () => (await import("../index.js")).default(),
        project: files.project,
        config: files.config,
        secrets: files.secrets,
        signal,
        onNote: (text) => progress.print(`  ..  ${text}`),
      });
      await clearLeftovers(hosts, stack, progress);
      return work({ lab, hosts, key, files, stack, progress });
    },
    (holder) => progress.print(`  ..  waiting for another command of this lab: ${holder}`),
  );
}

async function clearLeftovers(hosts: Hosts, stack: LabStack, progress: ProgressPrinter): Promise<void> {
  for (const cleared of await hosts.sweep()) {
    progress.print(`  ..  cleared what an earlier run left: ${cleared}`);
  }
  const known = new Set(stack.resourceIds("aws:ec2/instance:Instance"));
  for (const host of await hosts.list()) {
    if (!known.has(host.instanceId)) {
      await hosts.destroy(host.instanceId);
      progress.print(`  ..  cleared a host that no stack knows: ${host.instanceId}`);
    }
  }
}
