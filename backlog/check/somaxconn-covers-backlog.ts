import type { Finding } from "../finding";
import { effectiveBacklog } from "../kernel";
import type { Rule } from "./rule";
import { isOnHost, refusesToBeCut } from "./situation";

/** One service as far as this rule needs it. */
export interface BacklogClaim {
  readonly name: string;
  /** Declared backlog. */
  readonly backlog: number;
}

/** Where somaxconn is set, so that the fix can name the line: a field of a declaration, or a sysctl file. */
export type SomaxconnSource = "declaration" | "sysctl.d";

/**
 * The rule `somaxconn-covers-backlog`: `listen()` silently cuts a declared backlog that is above somaxconn.
 * One finding for each service that is cut.
 */
export function somaxconnCoversBacklog(
  somaxconn: number,
  services: readonly BacklogClaim[],
  source: SomaxconnSource = "declaration",
): Finding[] {
  const needed = Math.max(...services.map((service) => service.backlog));
  const line = source === "declaration" ? `settings.somaxconn: ${needed}` : `net.core.somaxconn = ${needed}`;
  return services
    .filter((service) => effectiveBacklog(service.backlog, somaxconn) < service.backlog)
    .map((service) => ({
      rule: "somaxconn-covers-backlog",
      severity: "error",
      subject: service.name,
      wanted: `net.core.somaxconn >= ${service.backlog}`,
      got: String(somaxconn),
      cause: `listen() silently cuts the declared backlog ${service.backlog} of ${service.name} to ${somaxconn}.`,
      fix: `set ${line}`,
    }));
}

/** For services on the host. Software that refuses to start, and containers, have rules of their own: one cause, one finding. */
export const somaxconnCoversBacklogRule: Rule = {
  id: "somaxconn-covers-backlog",
  severity: "error",
  title: "somaxconn is no less than any declared backlog",
  why: "listen() cuts a larger backlog to somaxconn at the moment of the call, without an error and without a line in any log.",
  judge: ({ declaration, services }) => {
    const onHost = services.filter(isOnHost);
    const refusing = new Set(onHost.filter(refusesToBeCut).map(({ name }) => name));
    return somaxconnCoversBacklog(declaration.somaxconn, onHost).filter(
      ({ subject }) => !refusing.has(subject),
    );
  },
};
