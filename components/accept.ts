import * as pulumi from "@pulumi/pulumi";
import {
  checkBacklog,
  formatFinding,
  resolveDeclaration,
  validateDeclaration,
  type ResolvedDeclaration,
} from "../backlog";
import { composeUserData, UserDataError, type TuningPart } from "../cloudinit";
import type { ServiceArgs, SettingsArgs } from "./args";
import { generateHostKey } from "./host-key";

/** @throws pulumi.InputPropertiesError with every bad field at once */
export function acceptDeclaration(
  services: ServiceArgs[],
  settings: SettingsArgs | undefined,
): ResolvedDeclaration {
  const { declaration, problems } = validateDeclaration({ services, settings });
  if (declaration === undefined) {
    throw new pulumi.InputPropertiesError({
      message: "The declaration of the listen backlog cannot be used:",
      errors: problems.map(({ path, given, allowed, fix }) => ({
        propertyPath: path,
        reason: `given ${given}; allowed: ${allowed}; instead: ${fix}`,
      })),
    });
  }
  return resolveDeclaration(declaration);
}

/**
 * Says what is unsound in a declaration, as warnings. It does not throw: whether a finding stops a preview is for the
 * policy pack to say, where it can be configured and exempted; the deployment itself fails at verification.
 */
export function warnOfFindings(resource: pulumi.Resource, declaration: ResolvedDeclaration): void {
  for (const finding of checkBacklog(declaration)) {
    void pulumi.log.warn(`${finding.rule}: ${formatFinding(finding)}`, resource);
  }
}

/**
 * Composes plain user data once at construction, so that bad or too long user data is refused before anything is made. The
 * stand-in host key has the length of every other.
 *
 * @throws pulumi.InputPropertyError
 */
export function acceptUserData(userData: pulumi.Input<string> | undefined, part: TuningPart): void {
  if (userData !== undefined && typeof userData !== "string") {
    return; // An output: composing it will refuse it as soon as it is known.
  }
  try {
    composeUserData(userData, { ...part, hostKey: generateHostKey() });
  } catch (error) {
    if (error instanceof UserDataError) {
      throw new pulumi.InputPropertyError({ propertyPath: "userData", reason: error.message });
    }
    throw error;
  }
}
