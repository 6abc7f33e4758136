import * as pulumi from "@pulumi/pulumi";
import { formatReason, showGiven, type InputProblem } from "../backlog";
import type { ProbeOptions } from "../probe";

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

export function asPropertyError(problem: InputProblem) {
  return { propertyPath: problem.path, reason: formatReason(problem) };
}
