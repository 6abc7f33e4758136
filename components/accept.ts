import * as pulumi from "@pulumi/pulumi";
import {
  checkBacklog,
  formatFinding,
  resolveDeclaration,
  showGiven,
  validateDeclaration,
  type InputProblem,
  type ResolvedDeclaration,
} from "../backlog";
import { composeUserData, UserDataError, type RelistenStep } from "../cloudinit";
import type { ServiceArgs, SettingsArgs } from "./args";
import { generateHostKey } from "./host-key";

/** Most seconds that verification may be told to wait for cloud-init: a day. */
const MAX_WAIT_SECONDS = 86_400;

/** The plain values of a server's arguments, as far as they can be refused before anything is made. */
export interface PlainArgs {
  readonly services: ServiceArgs[];
  readonly settings?: SettingsArgs;
  readonly userData?: pulumi.Input<string>;
  readonly ssh?: { readonly cloudInitTimeoutSeconds?: number };
}

/** What a server is declared to be, with every default filled in. */
export interface Accepted {
  readonly resolved: ResolvedDeclaration;
  readonly relisten: readonly RelistenStep[];
}

/** @throws pulumi.InputPropertiesError with every bad field at once */
export function acceptArgs(args: PlainArgs): Accepted {
  const { declaration, problems } = validateDeclaration({ services: args.services, settings: args.settings });
  const accepted = declaration && accept(resolveDeclaration(declaration));
  const errors = [
    ...(problems ?? []).map(asPropertyError),
    ...waitProblems(args.ssh?.cloudInitTimeoutSeconds).map(asPropertyError),
    ...userDataErrors(args.userData, accepted),
  ];
  if (accepted === undefined || errors.length > 0) {
    // In the message too: a Node.js program that ends with this error shows nothing else of it.
    const lines = errors.map(({ propertyPath, reason }) => `\n  ${propertyPath}: ${reason}`);
    throw new pulumi.InputPropertiesError({
      message: `These inputs cannot be used:${lines.join("")}`,
      errors,
    });
  }
  return accepted;
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

function accept(resolved: ResolvedDeclaration): Accepted {
  const relisten = resolved.services.flatMap(({ unit, relisten: how }) =>
    unit === undefined || how === "none" ? [] : [{ unit, how }],
  );
  return { resolved, relisten };
}

/**
 * Composes plain user data once at construction, so that bad or too long user data is refused before anything is made. The
 * stand-in host key has the length of every other.
 */
function userDataErrors(userData: PlainArgs["userData"], accepted: Accepted | undefined) {
  if (userData !== undefined && typeof userData !== "string") {
    return []; // An output: composing it will refuse it as soon as it is known.
  }
  try {
    composeUserData(userData, {
      settings: accepted?.resolved.settings ?? [],
      relisten: accepted?.relisten ?? [],
      hostKey: generateHostKey(),
    });
    return [];
  } catch (error) {
    if (error instanceof UserDataError) {
      return [{ propertyPath: "userData", reason: error.message }];
    }
    throw error;
  }
}

function waitProblems(seconds: unknown): InputProblem[] {
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

function asPropertyError({ path, given, allowed, fix }: InputProblem) {
  return { propertyPath: path, reason: `given ${given}; allowed: ${allowed}; instead: ${fix}` };
}
