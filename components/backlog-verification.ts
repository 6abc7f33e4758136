import * as pulumi from "@pulumi/pulumi";
import { acceptHostArgs } from "./accept-host";
import type { BacklogVerificationArgs } from "./args";
import { connectionTo } from "./connection";
import { VERIFICATION_FIELDS } from "./fields";
import type { ReportedFinding } from "./outputs";
import { policyView } from "./policy-view";
import { verificationTriggers, verifyOverSsh } from "./verification";
import { warnOfDeclaration, warnOfUncheckedHost } from "./warnings";

/**
 * Proof that a host which exists already has the TCP listen backlogs that are declared, whoever made it: a deployment succeeds only when
 * the kernel shows every declared backlog on its socket. Nothing on the host is changed. What must not start before that names
 * it in `dependsOn`.
 *
 * Child: `NAME-verify`, one SSH connection that looks.
 */
export class BacklogVerification extends pulumi.ComponentResource {
  /** The type token. @internal */
  static readonly __pulumiType = "listen-backlog:index:BacklogVerification";

  /** The address that was used. */
  public readonly address: pulumi.Output<string>;
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
  constructor(name: string, args: BacklogVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    const accepted = acceptHostArgs(args, VERIFICATION_FIELDS);
    const { resolved, ssh, mode, namespaces, verifyEveryUpdate, warnOnly } = accepted;
    super(BacklogVerification.__pulumiType, name, policyView(resolved), opts);
    warnOfDeclaration(this, resolved);
    warnOfUncheckedHost(this, ssh);

    const { seen, verifyCommand } = verifyOverSsh(name, this, {
      resolved,
      mode,
      namespaces,
      connection: connectionTo(ssh.host, ssh.hostKey, ssh.way),
      waitSeconds: ssh.waitSeconds,
      triggers: verificationTriggers(args.triggers, [], verifyEveryUpdate),
      warnOnly,
    });

    this.address = pulumi.output(ssh.host);
    this.verdict = seen.apply(({ verdict }) => verdict);
    this.report = seen.apply(({ report }) => report);
    this.findings = seen.apply(({ findings }) => findings.map((finding) => ({ ...finding })));
    this.effective = seen.apply(({ effective }) => ({ ...effective }));
    this.verifyCommand = pulumi.output(verifyCommand);
    this.registerOutputs({
      address: this.address,
      verdict: this.verdict,
      report: this.report,
      findings: this.findings,
      effective: this.effective,
      verifyCommand: this.verifyCommand,
    });
  }
}
