import { findSoftware, type ServiceDeclaration } from "../../backlog";
import type { ConfiguredBacklog, HostFacts } from "../subjects";

/** Backlogs that the configuration asks for and nobody declared, or for more than was declared. */
export function undeclared(
  services: readonly ServiceDeclaration[],
  configured: readonly ConfiguredBacklog[],
): ServiceDeclaration[] {
  return configured
    .filter((found) => !services.some((service) => isOf(service, found) && asked(service) >= found.backlog))
    .map((found) => ({
      name: nameIn(found, configured),
      software: found.software,
      backlog: found.backlog,
      port: found.port ?? findSoftware(found.software)?.defaultPort ?? 0,
    }));
}

export function isOf(service: ServiceDeclaration, found: ConfiguredBacklog): boolean {
  const same = findSoftware(service.software ?? service.name)?.software === found.software;
  return same && (service.port === undefined || found.port === undefined || service.port === found.port);
}

export function asked({ backlog }: ServiceDeclaration): number {
  return backlog ?? 0;
}

/** What the user data shows of the configuration of a declared service. */
export function evidenceOf(service: ServiceDeclaration, { configured }: HostFacts) {
  const found = configured.filter((one) => isOf(service, one)).map(({ backlog }) => backlog);
  return found.length === 0 || service.backlog === undefined
    ? {}
    : { configuredBacklog: Math.max(...found), directive: "present" as const };
}

/** Two ports of one server are two services, and what is known of one is not known of the other. */
function nameIn(
  { software, where, port }: ConfiguredBacklog,
  configured: readonly ConfiguredBacklog[],
): string {
  const isOneOfSeveral = configured.some(
    (other) => other.software === software && other.where === where && other.port !== port,
  );
  return isOneOfSeveral && port !== undefined
    ? `${software} on port ${port} in ${where}`
    : `${software} in ${where}`;
}
