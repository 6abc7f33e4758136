import { defaultFor, type ServiceDeclaration } from "../../backlog";
import type { Settings } from "../config/settings";
import type { HostFacts } from "../subjects";
import { asked } from "./configured";
import { hasTunedContainer, somaxconnOfContainer } from "./containers-on-host";
import type { Values } from "./values";

export function notesOn(
  host: HostFacts,
  services: readonly ServiceDeclaration[],
  worlds: readonly Values[],
  { kernel }: Settings,
): string[] {
  const { opaque, isPartlyRead } = host;
  const most = largest(
    services.filter((service) => somaxconnOfContainer(service, services, host, kernel) === undefined),
  );
  const isSet = worlds.some((values) => values.has("net.core.somaxconn"));
  // What a container does not cover is a finding, and what it covers is no question.
  if (most === undefined || isSet || hasTunedContainer(host)) {
    return [];
  }
  if (opaque.length > 0) {
    return [`the user data, because ${opaque.join(" and ")}: write the values plainly, or verify the server`];
  }
  const byDefault = defaultFor("somaxconn", kernel) ?? 128;
  return asked(most) <= byDefault
    ? []
    : [
        `whether ${asked(most)} of ${most.name} is covered: nothing ${isPartlyRead === true ? "that can be read " : ""}here sets ` +
          `net.core.somaxconn, so that ${isPartlyRead === true ? "the rest of it or " : ""}the image decides, ` +
          `and the kernel's default is ${byDefault}`,
      ];
}

function largest(services: readonly ServiceDeclaration[]): ServiceDeclaration | undefined {
  return services.reduce<ServiceDeclaration | undefined>(
    (most, service) => (most === undefined || asked(service) > asked(most) ? service : most),
    undefined,
  );
}
