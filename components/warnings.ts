import * as pulumi from "@pulumi/pulumi";
import { checkBacklog, formatFinding, type Finding, type ResolvedDeclaration } from "../backlog";

/**
 * Says what is unsound in a declaration, as warnings, and what is worth knowing. It does not throw: whether a finding stops a preview is for the
 * policy pack to say, where it can be configured and exempted; the deployment itself fails at verification.
 */
export function warnOfDeclaration(resource: pulumi.Resource, declaration: ResolvedDeclaration): void {
  warnOfFindings(resource, checkBacklog(declaration));
}

/** Says each finding, by how much it matters. */
export function warnOfFindings(resource: pulumi.Resource, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const log = finding.severity === "info" ? pulumi.log.info : pulumi.log.warn;
    void log(`${finding.rule}: ${formatFinding(finding)}`, resource);
  }
}

/** Says that whoever answers is believed, at each run that does without the check. */
export function warnOfUncheckedHost(
  resource: pulumi.Resource,
  { unchecked }: { readonly unchecked: boolean },
): void {
  if (unchecked) {
    void pulumi.log.warn(
      "dangerouslyAcceptAnyHostKey: anybody on the way can pose as this host; pin its key with ssh.hostKey",
      resource,
    );
  }
}
