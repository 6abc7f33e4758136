import * as pulumi from "@pulumi/pulumi";
import {
  checkBacklog,
  formatFinding,
  formatReason,
  showGiven,
  type InputProblem,
  type ResolvedDeclaration,
} from "../backlog";
import type { ProbeOptions } from "../probe";

/** Most seconds that verification may be told to wait for cloud-init: a day. */
const MAX_WAIT_SECONDS = 86_400;

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

/** What is wrong with a value that is true, false or left out, as a program without types may have given it. */
export function flagProblems(path: string, given: unknown): InputProblem[] {
  return given === undefined || typeof given === "boolean"
    ? []
    : [{ path, given: showGiven(given), allowed: "true or false", fix: "true, or leave it out" }];
}

/** Fields that nobody reads, one misspelt perhaps. Neither their values nor odd names are shown: a secret may have been put into the wrong place. */
export function unknownFields(
  given: object,
  known: readonly string[],
  { prefix = "", kind }: { readonly prefix?: string; readonly kind: "inputs" | "fields" },
): InputProblem[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((field) => ({
      path: `${prefix}${/^[A-Za-z][A-Za-z0-9_-]{0,29}$/.test(field) ? field : "[a name that is not shown]"}`,
      given: "a value that is not shown",
      allowed: `the ${kind} ${known.join(", ")}`,
      fix:
        known.find((name) => name.toLowerCase() === field.toLowerCase().replace(/[_-]/g, "")) ??
        "leave it out",
    }));
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
