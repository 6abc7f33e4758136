import * as pulumi from "@pulumi/pulumi";
import {
  checkBacklog,
  formatFinding,
  formatReason,
  resolveDeclaration,
  showGiven,
  validateDeclaration,
  type InputProblem,
  type ResolvedDeclaration,
} from "../backlog";
import { sysctlFileNameProblem, type TuningPart, type UserDataEncoding } from "../cloudinit";
import type { ProbeOptions } from "../probe";
import type { ServiceArgs, SettingsArgs } from "./args";
import { userDataProblem, type Composition } from "./user-data-problem";

/** Most seconds that verification may be told to wait for cloud-init: a day. */
const MAX_WAIT_SECONDS = 86_400;

/** The plain values of a server's arguments, as far as they can be refused before anything is made. */
export interface PlainArgs {
  readonly services: ServiceArgs[];
  readonly settings?: SettingsArgs;
  readonly userData?: pulumi.Input<string>;
  readonly compressUserData?: boolean;
  readonly applyEarly?: boolean;
  readonly sysctlFileName?: string;
  readonly namespaces?: string;
  readonly ssh?: { readonly cloudInitTimeoutSeconds?: number };
}

/** What a server is declared to be, with every default filled in. */
export interface Accepted {
  readonly resolved: ResolvedDeclaration;
  /** Our part of the user data, but for the host key. */
  readonly part: TuningPart;
  readonly encoding: UserDataEncoding;
  /** Undefined for what the probe does by itself. */
  readonly namespaces: ProbeOptions["namespaces"];
}

/** @throws pulumi.InputPropertiesError with every bad field at once */
export function acceptArgs(args: PlainArgs): Accepted {
  const { declaration, problems } = validateDeclaration({ services: args.services, settings: args.settings });
  const accepted = accept(declaration && resolveDeclaration(declaration), args);
  const others: InputProblem[] = [];
  const namespaces = acceptNamespaces(args.namespaces, others);
  const ssh: unknown = args.ssh;
  const isObject =
    typeof ssh === "object" && ssh !== null && !Array.isArray(ssh) && !pulumi.Output.isInstance(ssh);
  if (!isObject) {
    others.push({
      path: "ssh",
      given: ssh === undefined ? "nothing" : "a value that is not shown",
      allowed: "an object, whose fields may be outputs",
      fix: "ssh: { privateKey }",
    });
  }
  const errors = [
    ...(problems ?? []).map(asPropertyError),
    ...waitProblems(isObject ? args.ssh?.cloudInitTimeoutSeconds : undefined).map(asPropertyError),
    ...[...flagProblems(args), ...others].map(asPropertyError),
    ...userDataErrors(args.userData, accepted),
  ];
  const { resolved } = accepted;
  if (resolved === undefined || errors.length > 0) {
    throw inputsRefused(errors);
  }
  return { ...accepted, resolved, namespaces };
}

/** One of a few words, of which the first is the default. */
export function oneOf<const T extends string>(
  path: string,
  given: unknown,
  allowed: readonly [T, ...T[]],
  problems: InputProblem[],
): T {
  const [first] = allowed;
  const found = given === undefined ? first : allowed.find((one) => one === given);
  if (found === undefined) {
    problems.push({
      path,
      given: showGiven(given),
      allowed: allowed.map((one) => `"${one}"`).join(" or "),
      fix: `"${first}", or leave it out`,
    });
  }
  return found ?? first;
}

/** Where services are judged; undefined for the default, which is no argument of the probe. */
export function acceptNamespaces(given: unknown, problems: InputProblem[]): ProbeOptions["namespaces"] {
  return oneOf("namespaces", given, ["auto", "all"], problems) === "all" ? "all" : undefined;
}

/** The one error for every bad field, with its path and what to type instead. */
export function inputsRefused(
  errors: { propertyPath: string; reason: string }[],
): pulumi.InputPropertiesError {
  // In the message too: a Node.js program that ends with this error shows nothing else of it.
  const lines = errors.map(({ propertyPath, reason }) => `\n  ${propertyPath}: ${reason}`);
  return new pulumi.InputPropertiesError({
    message: `These inputs cannot be used:${lines.join("")}`,
    errors,
  });
}

/**
 * Says what is unsound in a declaration, as warnings, and what is worth knowing. It does not throw: whether a finding stops a preview is for the
 * policy pack to say, where it can be configured and exempted; the deployment itself fails at verification.
 */
export function warnOfFindings(resource: pulumi.Resource, declaration: ResolvedDeclaration): void {
  for (const finding of checkBacklog(declaration)) {
    const log = finding.severity === "info" ? pulumi.log.info : pulumi.log.warn;
    void log(`${finding.rule}: ${formatFinding(finding)}`, resource);
  }
}

/** With a declaration that cannot be used, the user data is looked at all the same, so that every bad field is said at once. */
function accept(resolved: ResolvedDeclaration | undefined, args: PlainArgs) {
  const relisten = (resolved?.services ?? []).flatMap(({ unit, relisten: how }) =>
    unit === undefined || how === "none" ? [] : [{ unit, how }],
  );
  const part: TuningPart = {
    settings: resolved?.settings ?? [],
    relisten,
    // A bad flag and a bad name are said under their own paths.
    early: args.applyEarly === false ? false : undefined,
    fileName: sysctlFileNameProblem(args.sysctlFileName ?? "x.conf", "") ? undefined : args.sysctlFileName,
  };
  const encoding: UserDataEncoding = args.compressUserData === true ? "gzip-base64" : "plain";
  return { resolved, part, encoding };
}

/** Plain user data is composed once at construction, so that what is bad or too long is refused before anything is made. */
function userDataErrors(userData: PlainArgs["userData"], composition: Composition) {
  // Of an output nothing is known yet: it is refused as soon as it is.
  const reason = userDataProblem(typeof userData === "string" ? userData : undefined, composition);
  return reason === undefined ? [] : [{ propertyPath: "userData", reason }];
}

/** What a program without types, or of another language, may have given. */
function flagProblems(args: PlainArgs): InputProblem[] {
  const flags = (["compressUserData", "applyEarly"] as const).flatMap((path): InputProblem[] => {
    const given: unknown = args[path];
    return given === undefined || typeof given === "boolean"
      ? []
      : [{ path, given: showGiven(given), allowed: "true or false", fix: "true, or leave it out" }];
  });
  const name: unknown = args.sysctlFileName;
  const problem = name === undefined ? undefined : sysctlFileNameProblem(name, "sysctlFileName");
  return problem === undefined ? flags : [...flags, problem];
}

export function waitProblems(seconds: unknown): InputProblem[] {
  const usable =
    seconds === undefined ||
    (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_WAIT_SECONDS);
  return usable
    ? []
    : [
        {
          path: "ssh.cloudInitTimeoutSeconds",
          given: showGiven(seconds),
          allowed: `an integer from 0 to ${MAX_WAIT_SECONDS}`,
          fix: "300, or leave it out",
        },
      ];
}

export function asPropertyError(problem: InputProblem) {
  return { propertyPath: problem.path, reason: formatReason(problem) };
}
