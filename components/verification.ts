import { randomUUID } from "node:crypto";
import * as command from "@pulumi/command";
import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { formatFinding, type Finding, type ResolvedDeclaration } from "../backlog";
import { shellQuote } from "../cloudinit/shell-quote";
import {
  judge,
  parseDocument,
  probeArguments,
  probeCommand,
  probeScript,
  REPORT_SCHEMA,
  ReportError,
  type ProbeOptions,
  type ProbeReport,
  type UndecidedReport,
  type VerifyMode,
} from "../probe";
import { warnOfFindings } from "./warnings";

/** What a host was asked for. */
export interface Asked {
  readonly resolved: ResolvedDeclaration;
  readonly mode: VerifyMode;
}

/** What a verification is told. */
export interface Look extends Asked {
  /** Where services are judged. Default: as the probe does by itself. */
  readonly namespaces?: ProbeOptions["namespaces"];
  readonly connection: pulumi.Input<types.input.remote.ConnectionArgs>;
  /** Most seconds to wait for cloud-init. */
  readonly waitSeconds: number;
  /** A change of any of these has the host looked at again. */
  readonly triggers: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether a host that is not as declared is a warning and no failure. Default `false`. */
  readonly warnOnly?: boolean;
  /** What to do about drift, said behind the findings. Printable text. Default: nothing. */
  readonly repair?: string;
}

/** One SSH connection that looks, and what it saw. */
export interface Verification {
  readonly command: command.remote.Command;
  /** The command on the host, for the probe on standard input. Its exit code is the verdict. */
  readonly verifyCommand: string;
  /** Unless it only warns, this is `as-declared`: anything else fails the resource. */
  readonly seen: pulumi.Output<Seen>;
}

/** What came back from a host. */
export interface Seen {
  readonly verdict: "as-declared" | "not-as-declared" | "unknown";
  /** The report as one JSON document. */
  readonly report: string;
  readonly findings: readonly Finding[];
  /** The smallest effective backlog among the sockets of each service; services that do not listen are not in it. */
  readonly effective: Readonly<Record<string, number>>;
}

/**
 * Has a host looked at over SSH: the child `NAME-verify` of a component.
 *
 * @param name the name of the component, and of the host in every message
 * @param parent the component
 */
export function verifyOverSsh(
  name: string,
  parent: pulumi.Resource,
  look: Look,
  options: pulumi.CustomResourceOptions = {},
): Verification {
  const { resolved, mode, connection, waitSeconds, triggers, warnOnly = false, repair } = look;
  const { namespaces } = look;
  const args = probeArguments(resolved, { host: name, mode, waitSeconds, settleSeconds: 30, namespaces });
  const verifyCommand = probeCommand(args);
  const timeout = `${waitSeconds + 600}s`;
  const verify = new command.remote.Command(
    `${name}-verify`,
    {
      connection,
      create: warnOnly
        ? wrapped('sh -s -- "$@" || [ $? -le 2 ]', "probe", args)
        : repair === undefined
          ? verifyCommand
          : wrapped('sh -s -- "$@"; s=$?; [ $s -ne 1 ] || echo "$0" >&2; exit $s', repair, args),
      stdin: probeScript(),
      triggers,
      addPreviousOutputInEnv: false,
      logging: command.remote.Logging.None,
    },
    { ...options, parent, customTimeouts: { create: timeout, update: timeout } },
  );
  const seen = verify.stdout.apply(async (output) => {
    const all = readOutputOrError(name, { resolved, mode }, output);
    if (all instanceof ReportError) {
      await failDeployment(`${name}: ${all.message}`, parent);
      return unknown(name, { schema: REPORT_SCHEMA, host: name, verdict: "unknown", reason: all.message });
    }
    if (warnOnly) {
      return warned(all, parent, repair);
    }
    await refuseUnlessDeclared(name, all, parent);
    return all;
  });
  return { command: verify, verifyCommand, seen };
}

/** What has a host looked at again. A text that no run before had stands for "at each update". */
export function verificationTriggers(
  given: pulumi.Input<pulumi.Input<string>[]> | undefined,
  own: readonly pulumi.Input<string>[],
  everyUpdate: boolean,
): pulumi.Input<pulumi.Input<string>[]> {
  return pulumi
    .output(given)
    .apply((texts) => pulumi.all([...own, ...(texts ?? []), ...(everyUpdate ? [randomUUID()] : [])]));
}

/** What the host said, or why that is no answer. */
function readOutputOrError(name: string, asked: Asked, output: string): Seen | ReportError {
  try {
    return readOutput(name, asked, output);
  } catch (error) {
    if (error instanceof ReportError) {
      return error;
    }
    throw error;
  }
}

/** The exit code of the probe fails the resource; what is left is a report that says something else than the exit code did. */
async function refuseUnlessDeclared(name: string, seen: Seen, resource: pulumi.Resource): Promise<void> {
  if (seen.verdict === "as-declared") {
    return;
  }
  const errors = seen.findings.filter(({ severity }) => severity === "error");
  const lines = errors.map((finding) => `\n  ${finding.rule}: ${formatFinding(finding)}`);
  await failDeployment(`${name} is not proven to be as declared:${lines.join("")}`, resource);
}

/**
 * Fails the deployment, and lets the program go on: one that waits for an output that was rejected waits for ever. Nothing in a preview,
 * where what was said to the declaration before this one is no answer to this one.
 */
export async function failDeployment(message: string, resource: pulumi.Resource): Promise<void> {
  if (!pulumi.runtime.isDryRun()) {
    await pulumi.log.error(message, resource);
  }
}

/** The same look within a script: one that takes the exit codes of the probe for no failure, or that says more behind them. */
function wrapped(script: string, name: string, args: readonly string[]): string {
  return ["sh", "-c", script, name, ...args].map(shellQuote).join(" ");
}

/** @throws ReportError for output that is no answer of the probe, which no host of good will sends */
export function readOutput(name: string, { resolved, mode }: Asked, output: string): Seen {
  const document = parseDocument(output);
  return document.verdict === "unknown"
    ? unknown(name, document)
    : {
        ...judge(resolved, document, mode),
        report: JSON.stringify(document),
        effective: effectiveIn(document),
      };
}

function effectiveIn({ services }: Pick<ProbeReport, "services">): Seen["effective"] {
  return Object.fromEntries(
    services
      .map(({ name: service, sockets }) => [service, sockets.flatMap(({ sendQ }) => sendQ ?? [])] as const)
      .filter(([, known]) => known.length > 0)
      .map(([service, known]) => [service, Math.min(...known)]),
  );
}

/** What could not be decided, with everything that was seen all the same. */
function unknown(name: string, document: UndecidedReport): Seen {
  const { reason, services = [] } = document;
  return {
    verdict: "unknown",
    report: JSON.stringify(document),
    findings: [
      {
        rule: "host-can-be-looked-at",
        severity: "error",
        subject: name,
        wanted: "a report",
        got: "none",
        cause: `The probe could not look: ${reason}.`,
        fix: "do what the reason says, then run pulumi up again",
      },
      ...(document.notes ?? []),
    ],
    effective: effectiveIn({ services }),
  };
}

function warned(seen: Seen, resource: pulumi.Resource, repair: string | undefined): Seen {
  warnOfFindings(resource, seen.findings);
  if (seen.verdict === "not-as-declared" && repair !== undefined) {
    void pulumi.log.warn(repair, resource);
  }
  return seen;
}
