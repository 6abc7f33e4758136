import type { Rule } from "./rule";
import { isCut, refusesToBeCut } from "./situation";

export const containerHasOwnSomaxconn: Rule = {
  id: "container-has-own-somaxconn",
  severity: "error",
  title: "A container covers the declared backlog with a somaxconn of its own",
  why: "Each network namespace has its own net.core.somaxconn, and a new one begins with the kernel's default, not with the host's value. Whatever is set on the host does not reach a container or pod.",
  judge: ({ services }) =>
    services
      .filter((service) => service.container !== undefined && !refusesToBeCut(service) && isCut(service))
      .map(({ name, backlog, container, somaxconn }) => ({
        // Without a look inside, somebody may have set it where the container is declared.
        severity: container?.somaxconn === undefined ? "warning" : "error",
        subject: name,
        wanted: `net.core.somaxconn >= ${backlog} in its own network namespace`,
        got:
          container?.somaxconn === undefined
            ? `${somaxconn} unless it is set there: the kernel's default of a new namespace`
            : String(somaxconn),
        cause: `${name} listens in a network namespace of its own, and the host's net.core.somaxconn does not reach it.`,
        fix:
          `start the container with --sysctl net.core.somaxconn=${backlog} ` +
          `(Compose: sysctls, ECS: systemControls, Kubernetes: securityContext.sysctls with the kubelet's allowedUnsafeSysctls)`,
      })),
};
