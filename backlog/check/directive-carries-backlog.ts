import { defaultBacklogOf, type CatalogueEntry, type DefaultBacklog } from "../catalogue";
import { effectiveBacklog } from "../kernel";
import { howToGive } from "./how-to";
import type { Rule, Verdict } from "./rule";
import { ignoresDeclaration, type JudgedService, type Situation } from "./situation";

/**
 * Quiet while nobody has looked into the configuration of the service: every declaration of nginx would be answered with a line
 * that its author has long written, and verification finds the rest on the socket itself.
 */
export const directiveCarriesBacklog: Rule = {
  id: "directive-carries-backlog",
  severity: "error",
  title: "The configuration of a service holds the line that gives it its declared backlog",
  why: "nginx, Redis and Node.js ask for 511, and most others for a number of their own, whatever somaxconn says. A sysctl alone changes nothing above that number.",
  judge: ({ services, platform }) =>
    services.flatMap((service) => {
      const { directive } = service.known;
      return directive === undefined || directive === "present" ? [] : judge(service, directive, platform);
    }),
};

function judge(
  service: JudgedService,
  evidence: "absent" | "unknown",
  platform: Situation["platform"],
): Verdict[] {
  const { listener, name, backlog, somaxconn, effective } = service;
  if (listener === undefined || ignoresDeclaration(listener)) {
    return [];
  }
  const byDefault = (asked: number) => effectiveBacklog(asked, somaxconn, { kernel: platform.kernel });
  const without = defaultBacklogOf(listener, somaxconn);
  if (byDefault(without) === effective) {
    return [];
  }
  const enoughIn = (listener.otherVersions ?? []).find(
    (other) =>
      byDefault(defaultBacklogOf({ ...listener, defaultBacklog: other.defaultBacklog }, somaxconn)) ===
      effective,
  );
  const absent = evidence === "absent";
  return [
    {
      severity: absent ? (enoughIn === undefined ? "error" : "warning") : "info",
      subject: name,
      wanted: `the line that gives it a backlog of ${backlog}`,
      got: absent ? "a configuration without it" : "a configuration that could not be read",
      cause:
        `Without the line, ${listener.title} asks for ${without}${derivation(listener)}.` +
        (enoughIn === undefined ? "" : ` Other releases do without it: ${enoughIn.versions}.`),
      fix: howToGive(service, backlog),
    },
  ];
}

function derivation({ defaultBacklog }: CatalogueEntry): string {
  if (isDerived(defaultBacklog)) {
    return `, which it computes from ${defaultBacklog.derivedFrom} at its default`;
  }
  return typeof defaultBacklog === "number"
    ? ", whatever somaxconn is"
    : ", which is all that somaxconn allows";
}

function isDerived(
  value: DefaultBacklog,
): value is Extract<DefaultBacklog, { readonly derivedFrom: string }> {
  return typeof value === "object" && "derivedFrom" in value;
}
