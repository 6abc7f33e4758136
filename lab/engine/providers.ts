import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { LabError } from "../errors";
import { LAB_FOLDER_VARIABLE, type Lab } from "../identity";

/** Most milliseconds until a stand-in says its port; it needs a fifth of a second on an idle machine. */
const LONGEST_START = 120_000;

const SHIMS = path.resolve(__dirname, "..", "bin");

/** Stand-ins that run for as long as a command of the lab does. */
export interface RunningProviders {
  /** What tells the engine where they are. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts stand-ins before the engine asks for them, and all at the same time. Left to itself the engine starts each when the
 * first resource of its package comes up, one after the other, and again for every operation.
 *
 * @param packages such as `aws`, `command`.
 * @throws LabError when one does not start.
 */
export async function startProviders(lab: Lab, packages: readonly string[]): Promise<RunningProviders> {
  const children = packages.map((name) => ({ name, child: start(lab, name) }));
  const stop = async () => {
    await Promise.all(children.map(({ child }) => end(child)));
  };
  try {
    const addresses = await Promise.all(
      children.map(async ({ name, child }) => `${name}:${await port(name, child)}`),
    );
    return { env: { PULUMI_DEBUG_PROVIDERS: addresses.join(",") }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function start(lab: Lab, name: string): ChildProcess {
  return spawn(path.join(SHIMS, `pulumi-resource-${name}`), [], {
    env: { ...process.env, [LAB_FOLDER_VARIABLE]: lab.dir },
    stdio: ["ignore", "pipe", "inherit"],
    // Ctrl-C is for the engine, which ends what is under way before they end.
    detached: true,
  });
}

/** The port is the first line that a provider prints. */
async function port(name: string, child: ChildProcess): Promise<number> {
  const failed = (why: string) =>
    new LabError(`the lab's stand-in for the provider ${name} does not start: ${why}`, {
      fix: "npm ci, then try again",
    });
  const ended = Promise.race([
    once(child, "error").then(([error]) => Promise.reject(failed(String(error)))),
    once(child, "exit").then(([code]) => Promise.reject(failed(`it ended with ${String(code)}`))),
  ]);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const late = AbortSignal.timeout(LONGEST_START);
  const first = once(lines, "line", { signal: late }).catch((error: unknown) => {
    throw late.aborted ? failed("it has said nothing for two minutes") : error;
  });
  const [line] = (await Promise.race([first, ended])) as [string];
  ended.catch(() => undefined);
  lines.close();
  const found = Number(line);
  if (!Number.isInteger(found) || found < 1) {
    throw failed("it does not say its port");
  }
  return found;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
}
