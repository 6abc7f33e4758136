import * as path from "node:path";
import { CHECKOUT, readProject, type ProjectFiles } from "./config";
import { ensureEngine, type Engine } from "./engine/engine";
import { standInPackages } from "./engine/plugins";
import { startProviders } from "./engine/providers";
import { ensureHostsReady, Hosts } from "./hosts";
import type { Lab } from "./identity";
import { operatorKey, type OperatorKey } from "./keys";
import { withLock } from "./lock";
import type { ProgressPrinter } from "./progress";
import { forgetUnknown } from "./providers/aws/lab-account";
import { nothingIsUp } from "./servers";
import { hasStack, openStack, type LabStack } from "./stack";

/** Everything that a command of the lab works with. */
export interface Session {
  readonly lab: Lab;
  readonly hosts: Hosts;
  readonly key: OperatorKey;
  readonly files: ProjectFiles;
  readonly stack: LabStack;
  readonly progress: ProgressPrinter;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The pack that previews and updates of the lab run under. */
export const POLICY_PACK = path.join(CHECKOUT, "policies");

/** How a session is run. */
export interface SessionOptions {
  readonly lab: Lab;
  readonly progress: ProgressPrinter;
  /** Ends what is under way in good order. */
  readonly signal: AbortSignal;
  /** The stack's configuration, instead of `Pulumi.lab.yaml`. */
  readonly configFile?: string;
  /** Whether the engine will be at work: previews, updates. Others only read what is there. */
  readonly operations: boolean;
}

/**
 * Sets everything up, opens the lab's stack and runs `work`, alone in this lab. What an earlier run that was killed left
 * behind is cleared first: what the stack's state does not know.
 */
export function withSession<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const { lab, progress } = options;
  if (!options.operations && !hasStack(lab)) {
    throw nothingIsUp();
  }
  return withLock(
    path.join(lab.dir, "lock"),
    "a command of this lab",
    async () => {
      const starting = startProviders(lab, options.operations ? standInPackages(process.env) : []);
      // The stand-ins start on another processor while this one loads the program and looks at the machine.
      const program = options.operations ? import("../index.js") : undefined;
      program?.catch(() => undefined); // The engine reports it, as soon as it runs the program.
      starting.catch(() => undefined); // Awaited below, after set-up that may take minutes.
      try {
        const [engine] = await Promise.all([ensureEngine(lab, progress), ensureHostsReady(lab, progress)]);
        return await inStack(options, engine, (await starting).env, work);
      } finally {
        await starting.then(
          (providers) => providers.stop(),
          () => undefined,
        );
      }
    },
    (holder) => progress.print(`  ..  waiting for another command of this lab: ${holder}`),
  );
}

async function inStack<T>(
  { lab, progress, signal, configFile, operations }: SessionOptions,
  engine: Engine,
  env: Readonly<Record<string, string>>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const key = operatorKey(lab);
  const files = readProject(key, configFile);
  const hosts = new Hosts(lab);
  const stack = await openStack(lab, engine, {
    // Loaded late: a command that needs no engine need not load the SDKs.
    program: async () => (await import("../index.js")).default(),
    project: files.project,
    config: files.config,
    secrets: files.secrets,
    env,
    signal,
    onNote: (text) => progress.print(`  ..  ${text}`),
  });
  if (operations) {
    await clearLeftovers(lab, hosts, stack, progress);
  }
  return work({ lab, hosts, key, files, stack, progress, signal });
}

async function clearLeftovers(
  lab: Lab,
  hosts: Hosts,
  stack: LabStack,
  progress: ProgressPrinter,
): Promise<void> {
  const clear = (what: string) => progress.print(`  ..  cleared what an earlier run left: ${what}`);
  (await hosts.sweep()).forEach(clear);
  const instances = stack.resourceIds("aws:ec2/instance:Instance");
  for (const { instanceId } of await hosts.list()) {
    if (!instances.includes(instanceId)) {
      await hosts.destroy(instanceId);
      clear(`host ${instanceId}`);
    }
  }
  const forgotten = await forgetUnknown(lab, {
    instances,
    keyPairs: stack.resourceIds("aws:ec2/keyPair:KeyPair"),
    securityGroups: stack.resourceIds("aws:ec2/securityGroup:SecurityGroup"),
  });
  forgotten.forEach(clear);
}
