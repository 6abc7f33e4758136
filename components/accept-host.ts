import * as pulumi from "@pulumi/pulumi";
import {
  resolveDeclaration,
  showGiven,
  validateDeclaration,
  type InputProblem,
  type ResolvedDeclaration,
} from "../backlog";
import { SYSCTL_FILE_NAME, sysctlFileNameProblem } from "../cloudinit";
import type { ProbeOptions, VerifyMode } from "../probe";
import { acceptNamespaces, asPropertyError, inputsRefused, oneOf, unknownFields } from "./accept";
import { acceptSsh, type AcceptedSsh } from "./accept-ssh";
import type { TunedHostArgs } from "./args";

/** What is to hold on a host, and how to get there, with every default filled in. */
export interface AcceptedHost {
  readonly resolved: ResolvedDeclaration;
  readonly ssh: AcceptedSsh;
  readonly mode: VerifyMode;
  /** Undefined for what the probe does by itself. */
  readonly namespaces: ProbeOptions["namespaces"];
  readonly verifyEveryUpdate: boolean;
  readonly warnOnly: boolean;
  readonly applyEveryUpdate: boolean;
  readonly fileName: string;
  readonly restoreOnDestroy: boolean;
}

/**
 * @param args those of either component for existing hosts: a verification has fewer
 * @param fields the names of those that the component has
 * @throws pulumi.InputPropertiesError with every bad field at once
 */
export function acceptHostArgs(args: TunedHostArgs, fields: readonly string[]): AcceptedHost {
  const { declaration, problems: found } = validateDeclaration({
    services: args.services,
    settings: args.settings,
  });
  const problems: InputProblem[] = [...(found ?? [])];
  const ssh = acceptSsh(args.host, args.ssh, problems);
  const accepted = {
    mode: oneOf("mode", args.mode, ["at-least", "exact"], problems),
    namespaces: acceptNamespaces(args.namespaces, problems),
    verifyEveryUpdate: oneOf("verify", args.verify, ["onChange", "everyUpdate"], problems) === "everyUpdate",
    warnOnly: oneOf("onFailure", args.onFailure, ["fail", "warn"], problems) === "warn",
    applyEveryUpdate: oneOf("apply", args.apply, ["onChange", "everyUpdate"], problems) === "everyUpdate",
    fileName: args.sysctlFileName ?? SYSCTL_FILE_NAME,
    restoreOnDestroy: args.restoreOnDestroy ?? false,
  };
  const fileName = sysctlFileNameProblem(accepted.fileName, "sysctlFileName");
  if (fileName !== undefined) {
    problems.push(fileName);
  }
  if (typeof accepted.restoreOnDestroy !== "boolean") {
    problems.push(
      problem("restoreOnDestroy", args.restoreOnDestroy, "true or false", "true, or leave it out"),
    );
  }
  const { triggers } = args;
  if (triggers !== undefined && !Array.isArray(triggers) && !pulumi.Output.isInstance(triggers)) {
    problems.push(problem("triggers", triggers, "a list of texts", "triggers: [instance.id]"));
  }
  problems.push(...unknownFields(args, fields, { kind: "inputs" }));
  if (declaration === undefined || ssh === undefined || problems.length > 0) {
    throw inputsRefused(problems.map(asPropertyError));
  }
  return { resolved: resolveDeclaration(declaration), ssh, ...accepted };
}

function problem(path: string, given: unknown, allowed: string, fix: string): InputProblem {
  return { path, given: showGiven(given), allowed, fix };
}
