import { randomUUID } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { applyArguments, ApplyReportError, applyScript, parseApplyReport } from "../apply";
import { probeCommand } from "../probe";
import { acceptHostArgs } from "./accept-host";
import type { AcceptedSsh } from "./accept-ssh";
import type { TunedHostArgs } from "./args";
import { connectionTo } from "./connection";
import { TUNED_HOST_FIELDS } from "./fields";
import { fingerprint } from "./fingerprint";
import type { ReportedFinding } from "./outputs";
import { policyView } from "./policy-view";
import { restoreOnDestroy } from "./restore";
import { failDeployment, verificationTriggers, verifyOverSsh } from "./verification";
import { warnOfDeclaration, warnOfUncheckedHost } from "./warnings";

/** Repair is a choice: a verification that finds drift changes nothing by itself. */
const REPAIR = 'to repair what drifted: give this TunedHost apply: "everyUpdate", and run pulumi up';

/**
 * A host that exists already, tuned and kept right: our own file in `/etc/sysctl.d` written in one step, applied and read back, the services
 * whose effective backlog is not as declared re-listened one by one, and all of it verified. A host that is right already is not
 * touched.
 *
 * Children: `NAME-apply` tunes, `NAME-verify` looks, and with `restoreOnDestroy` also `NAME-restore`.
 */
export class TunedHost extends pulumi.ComponentResource {
  /** The type token. @internal */
  static readonly __pulumiType = "listen-backlog:index:TunedHost";

  /** The address that was used. */
  public readonly address: pulumi.Output<string>;
  /** What the last run of `NAME-apply` did, in order, for people. Empty where there was nothing to do. */
  public readonly steps: pulumi.Output<string[]>;
  /** `as-declared`, and with `onFailure: warn` also `not-as-declared`, or `unknown` where the probe could not look. */
  public readonly verdict: pulumi.Output<string>;
  /** What the probe saw, one JSON document of schema `listen-backlog-report/1`. */
  public readonly report: pulumi.Output<string>;
  /**
   * What is not as declared, where `onFailure` is `warn`; and what is risky on this host although it is as declared, such as a limit of open
   * files below the queue.
   */
  public readonly findings: pulumi.Output<ReportedFinding[]>;
  /** The effective backlog of each service, by its name: the smallest of its sockets. Services that do not listen are not in it. */
  public readonly effective: pulumi.Output<{ [service: string]: number }>;
  /** The command that looks, for a shell on the host with the probe on standard input. */
  public readonly verifyCommand: pulumi.Output<string>;

  /**
   * @param name the name of the component, and of the host in every message
   * @param args what must hold, and how to reach the host
   * @param opts the usual options of a component; a provider for `command` may be among them
   * @throws pulumi.InputPropertiesError with every bad field at once, before anything is registered; outputs are judged as soon as they
   *   are known
   */
  constructor(name: string, args: TunedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    const accepted = acceptHostArgs(args, TUNED_HOST_FIELDS);
    const { resolved, ssh, mode, fileName } = accepted;
    super(TunedHost.__pulumiType, name, policyView(resolved), opts);
    warnOfDeclaration(this, resolved);
    warnOfUncheckedHost(this, ssh);

    const connection = connectionTo(ssh.host, ssh.hostKey, ssh.way);
    const owner = accepted.restoreOnDestroy ? ownerOf(name, ssh, fileName) : undefined;
    const restore = owner && restoreOnDestroy(name, this, { ssh, fileName, owner });
    const { waitSeconds } = ssh;
    const relisten = resolved.services.filter((service) => service.relisten !== "none").length;
    // It may wait for cloud-init, and then as long for another run on this host.
    const timeout = `${2 * waitSeconds + 300 + relisten * 180}s`;
    const apply = new command.remote.Command(
      `${name}-apply`,
      {
        connection,
        create: pulumi.output(owner).apply((known) =>
          probeCommand(
            applyArguments(resolved, {
              host: name,
              mode,
              fileName,
              owner: known,
              waitSeconds,
              settleSeconds: 30,
            }),
          ),
        ),
        stdin: applyScript(),
        ...(accepted.applyEveryUpdate && { triggers: [randomUUID()] }),
        addPreviousOutputInEnv: false,
        logging: command.remote.Logging.None,
      },
      {
        parent: this,
        // What puts the values back must be known before they are changed, and go after everything else.
        dependsOn: restore === undefined ? [] : [restore],
        customTimeouts: { create: timeout, update: timeout },
      },
    );
    const { seen, verifyCommand } = verifyOverSsh(
      name,
      this,
      {
        resolved,
        mode,
        namespaces: accepted.namespaces,
        connection,
        waitSeconds,
        // Whatever was done to the host is looked at.
        triggers: verificationTriggers(
          args.triggers,
          [apply.stdout.apply(fingerprint)],
          accepted.verifyEveryUpdate,
        ),
        warnOnly: accepted.warnOnly,
        repair: accepted.applyEveryUpdate ? undefined : REPAIR,
      },
      { dependsOn: [apply] },
    );

    this.address = pulumi.output(ssh.host);
    this.steps = apply.stdout.apply((output) => stepsIn(output, name, this));
    this.verdict = seen.apply(({ verdict }) => verdict);
    this.report = seen.apply(({ report }) => report);
    this.findings = seen.apply(({ findings }) => findings.map((finding) => ({ ...finding })));
    this.effective = seen.apply(({ effective }) => ({ ...effective }));
    this.verifyCommand = pulumi.output(verifyCommand);
    this.registerOutputs({
      address: this.address,
      steps: this.steps,
      verdict: this.verdict,
      report: this.report,
      findings: this.findings,
      effective: this.effective,
      verifyCommand: this.verifyCommand,
    });
  }
}

/** What was done; nothing where that is no answer, which fails the deployment. */
async function stepsIn(output: string, name: string, resource: pulumi.Resource): Promise<string[]> {
  try {
    return [...parseApplyReport(output).steps];
  } catch (error) {
    if (!(error instanceof ApplyReportError)) {
      throw error;
    }
    await failDeployment(`${name}: ${error.message}`, resource);
    return [];
  }
}

/**
 * Whose file it is, written into it. Only the declaration that wrote it last may have the earlier values put back: one that moved to
 * another host, or was replaced by another, leaves the file alone.
 */
function ownerOf(name: string, { host, hostKey }: AcceptedSsh, fileName: string): pulumi.Output<string> {
  const stack = [pulumi.getProject(), pulumi.getStack(), name, fileName];
  return pulumi.all([host, hostKey]).apply((way) => fingerprint(JSON.stringify([...stack, ...way])));
}
