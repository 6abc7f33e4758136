import { checkBacklog, findSoftware, resolveDeclaration, type Finding, type ServiceDeclaration } from "../../backlog"; // prettier-ignore
import type { HostFacts } from "../subjects";
import { problemOf } from "./values";

/** A container that is started on the host with a somaxconn of its own. */
export function judgeContainersOn(
  { containers }: HostFacts,
  services: readonly ServiceDeclaration[],
): Finding[] {
  const own = ownSomaxconn(containers);
  return own === undefined
    ? []
    : checkBacklog(resolveDeclaration({ services }), { container: { somaxconn: own } }).filter(
        ({ rule }) => rule === "container-has-own-somaxconn",
      );
}

/** Whether the port of a service leads into a container that is started without a somaxconn of its own. */
export function isInUntunedContainer(service: ServiceDeclaration, { containers }: HostFacts): boolean {
  const port = service.port ?? findSoftware(service.software ?? service.name)?.defaultPort;
  return containers.some(
    ({ value, ports = [] }) => value === undefined && port !== undefined && ports.includes(port),
  );
}

/** The largest that a container is started with; undefined if none is started with one. */
export function ownSomaxconn(containers: HostFacts["containers"]): number | undefined {
  const own = containers
    .filter(
      ({ key, value }) =>
        key === "net.core.somaxconn" && value !== undefined && problemOf(key, value) === undefined,
    )
    .map(({ value }) => Number(value));
  return own.length === 0 ? undefined : Math.max(...own);
}
