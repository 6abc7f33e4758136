import type { CommandResult } from "./commands/result";
import { destroy } from "./commands/destroy";
import { requireUninterrupted } from "./commands/interrupted";
import { preview } from "./commands/preview";
import { up } from "./commands/up";
import { verify } from "./commands/verify";
import { withSomaxconn } from "./config";
import { LabError } from "./errors";
import { ssh } from "./hosts";
import { findServer, readOutputs } from "./servers";
import type { Session } from "./session";
import { sshTarget } from "./verify";

/** One part of the tour, and whether it went as a good product makes it go. */
interface TourStep {
  readonly step: string;
  readonly asExpected: boolean;
  readonly document: object;
}

const SERVER = "web";
const TOO_SMALL = 1024;
const DRIFTED = 128;
const RAW = "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n";
const BOOT_ID = "cat /proc/sys/kernel/random/boot_id";

/**
 * The main job, shown: a preview under the policies, servers that come up verified, the report, previews that are refused,
 * drift that is found, a reboot that keeps what was persisted. Then everything is destroyed.
 */
export async function tour(session: Session): Promise<CommandResult> {
  const steps: TourStep[] = [];
  const show = (step: string, asExpected: boolean, { document, text }: CommandResult) => {
    steps.push({ step, asExpected, document });
    session.progress.print(`\n${text}\n`);
    if (!asExpected) {
      session.progress.print(`  !!  ${step}: not as expected`);
    }
    return asExpected;
  };
  const heading = (text: string) => session.progress.print(`\n${String(steps.length + 1)}. ${text}`);

  try {
    await shownOnServers();
  } finally {
    heading("Destroy");
    const gone = await destroy(session);
    show("destroy", gone.exitCode === 0, gone);
  }

  async function shownOnServers(): Promise<void> {
    heading("A preview with the policy pack");
    const first = await preview(session);
    const clean = first.outcome.policyViolations.length === 0;
    if (show("preview", first.exitCode === 0 && clean, first)) {
      heading("Up: hosts boot with systemd, cloud-init and sshd; each is verified over SSH. The report:");
      const raised = await up(session);
      if (show("up", raised.exitCode === 0, raised)) {
        heading(`A preview that the policy refuses: somaxconn ${TOO_SMALL} on ${SERVER}`);
        const refusal = await preview(session, {
          config: withSomaxconn(session.files.config, SERVER, TOO_SMALL),
        });
        show("refusal", isRefused(refusal), refusal);

        heading(
          `One that it refuses on any stack: a raw instance, with user data "${RAW.split("\n")[1] ?? ""}"`,
        );
        const raw = await preview(session, { program: rawInstance });
        show("raw refusal", isRefused(raw), raw);

        requireUninterrupted(session);
        heading(`Drift: somebody sets somaxconn to ${DRIFTED} on ${SERVER} and restarts nginx`);
        await onServer(
          session,
          `sudo sysctl -qw net.core.somaxconn=${DRIFTED} && sudo systemctl restart nginx`,
        );
        const drifted = await verify(session);
        show("drift", drifted.exitCode === 1, drifted);

        requireUninterrupted(session);
        heading(`A reboot of ${SERVER}: what was persisted comes back`);
        await reboot(session);
        const recovered = await verify(session);
        show("reboot", recovered.exitCode === 0, recovered);
      }
    }
  }

  const good = steps.every((step) => step.asExpected);
  return {
    exitCode: good ? 0 : 1,
    document: { command: "tour", good, commandProvider: session.stack.commandProvider, steps },
    text: good ? "The tour went as it should." : "The tour did not go as it should: see !! above.",
  };
}

function isRefused({ exitCode, outcome }: Awaited<ReturnType<typeof preview>>): boolean {
  return exitCode === 1 && outcome.policyViolations.some(({ level }) => level === "mandatory");
}

/** What most stacks have: an instance that knows nothing of our components. */
async function rawInstance() {
  // Loaded by the engine's program already; the lab's other commands need no SDK.
  const { Instance } = await import("@pulumi/aws/ec2/instance.js");
  new Instance("raw", {
    ami: "ami-0abcdef1234567890",
    instanceType: "t3.small",
    userData: RAW,
    userDataReplaceOnChange: true,
  });
  return {};
}

/** What is real and what stands in for it. */
export function cast(session: Session): string {
  const command =
    session.stack.commandProvider === "stand-in" ? "the command provider (real SSH behind it)" : undefined;
  return [
    "Real: the Pulumi engine, the components, the policy pack; hosts with their own kernel namespaces, systemd,",
    `cloud-init, sshd, nginx and Redis${command === undefined ? "; the command plugin" : ""}.`,
    `Stand-ins: the aws provider (EC2 on this machine)${command === undefined ? "" : ` and ${command}`}.`,
  ].join("\n");
}

async function reboot(session: Session): Promise<void> {
  const before = await onServer(session, BOOT_ID);
  await session.progress.step(`reboot ${SERVER}`, async () => {
    const { servers } = await readOutputs(session.stack);
    const target = sshTarget(findServer(servers, SERVER), session.key);
    // The connection breaks while the host goes down, so its exit code says nothing.
    await ssh({ ...target, command: "sudo systemctl reboot" });
    for (let attempt = 0; attempt < 300; attempt++) {
      const { code, stdout } = await ssh({ ...target, command: BOOT_ID, timeout: 5_000 });
      if (code === 0 && stdout.trim() !== before) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new LabError(`${SERVER} did not come back from its reboot`, {
      fix: "npm run lab -- destroy, then try again",
    });
  });
}

async function onServer(session: Session, command: string): Promise<string> {
  const { servers } = await readOutputs(session.stack);
  const result = await ssh({ ...sshTarget(findServer(servers, SERVER), session.key), command });
  if (result.code !== 0) {
    throw new LabError(
      `a command on ${SERVER} ended with exit code ${result.code ?? "none"}: ${result.stderr.trim()}`,
      {
        fix: "npm run lab -- destroy, then try again",
      },
    );
  }
  return result.stdout.trim();
}
