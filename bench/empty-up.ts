// The floor of an idle `up`: the same engine, Automation API and policy pack, and a program that makes nothing.
import { ensureEngine } from "../lab/engine/engine";
import { openLab } from "../lab/identity";
import { createProgress } from "../lab/progress";
import { POLICY_PACK } from "../lab/session";
import { openStack } from "../lab/stack";

async function main(): Promise<void> {
  const lab = openLab();
  const stack = await openStack(lab, await ensureEngine(lab, createProgress(process.stderr)), {
    program: () => Promise.resolve({}),
    project: "name: listen-backlog\nruntime: nodejs\n",
    config: "config: {}\n",
  });
  const { ok, diagnostics } = await stack.up({ policyPacks: [POLICY_PACK] });
  if (!ok) {
    throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
