import { defaultFor, findSoftware, type ServiceDeclaration } from "../../backlog";
import type { HostFacts } from "../subjects";
import { problemOf } from "./values";

const SOMAXCONN = "net.core.somaxconn";

/**
 * What a service has that listens in a container on a host: its port leads into one, or it is the only service and the only container
 * with a setting of its own publishes none. Of several that it may be in, the most. Undefined where the host decides, as far as can be told.
 */
export function somaxconnOfContainer(
  service: ServiceDeclaration,
  among: readonly ServiceDeclaration[],
  { containers }: HostFacts,
  kernel: string | undefined,
): number | undefined {
  const port = service.port ?? findSoftware(service.software ?? service.name)?.defaultPort;
  const leadsInto = containers.filter(
    ({ key, ports }) => key === SOMAXCONN && port !== undefined && ports?.includes(port) === true,
  );
  const hidden = ownValues(containers.filter(({ ports }) => ports === undefined));
  const isPlain = leadsInto.length > 0 || among.length === 1;
  const byDefault = defaultFor("somaxconn", kernel) ?? 128;
  const values = [
    ...(leadsInto.some(({ value }) => value === undefined) ? [byDefault] : []),
    ...ownValues(leadsInto),
    ...(isPlain ? hidden : []),
  ];
  return values.length === 0 ? undefined : Math.max(...values);
}

/** Whether a container is started with a somaxconn of its own, whoever listens in it. */
export function hasTunedContainer({ containers }: HostFacts): boolean {
  return ownValues(containers).length > 0;
}

function ownValues(containers: HostFacts["containers"]): number[] {
  return containers
    .filter(
      ({ key, value }) => key === SOMAXCONN && value !== undefined && problemOf(key, value) === undefined,
    )
    .map(({ value }) => Number(value));
}
