import { defaultBacklogOf, findSoftware, type CatalogueEntry } from "../catalogue";
import { effectiveBacklog } from "../kernel";
import type { ResolvedDeclaration, ResolvedService } from "../resolve";
import { defaultFor } from "../settings";
import type { ContainerFacts, Platform, ServicePlatform } from "./platform";

/** A declared service together with what is known of its place: what the rules look at. */
export interface JudgedService extends ResolvedService {
  /** What calls `listen()` for it: systemd where its unit is a socket unit, otherwise its software, if the catalogue has it. */
  readonly listener?: CatalogueEntry;
  /** The network namespace of its own, if it has one. */
  readonly container?: ContainerFacts;
  /** somaxconn of the network namespace that it listens in: as declared on the host, as known or by default in a container. */
  readonly somaxconn: number;
  /** What it will really pass to `listen()`, once configured as declared: software that no setting reaches keeps its own number. */
  readonly asked: number;
  /** Effective backlog, with {@link asked} and {@link somaxconn}. */
  readonly effective: number;
  /** What else is known of it. */
  readonly known: ServicePlatform;
}

/** A declaration in its place. */
export interface Situation {
  readonly declaration: ResolvedDeclaration;
  readonly platform: Platform;
  readonly services: readonly JudgedService[];
  /** As declared, otherwise the kernel's default. */
  readonly tcpSyncookies: number;
  /** As declared; undefined if it is left alone. */
  readonly tcpMaxSynBacklog?: number;
}

/** Puts a declaration whose numbers are in range into its place. */
export function situationOf(declaration: ResolvedDeclaration, platform: Platform): Situation {
  return {
    declaration,
    platform,
    services: declaration.services.map((service) => judged(service, declaration.somaxconn, platform)),
    tcpSyncookies:
      declaredSetting(declaration, "net.ipv4.tcp_syncookies") ??
      defaultFor("tcpSyncookies", platform.kernel) ??
      1,
    tcpMaxSynBacklog: declaredSetting(declaration, "net.ipv4.tcp_max_syn_backlog"),
  };
}

function judged(service: ResolvedService, declared: number, platform: Platform): JudgedService {
  const known = factsOf(platform, service.name);
  const container = known.container ?? platform.container;
  const somaxconn = container === undefined ? declared : (container.somaxconn ?? freshSomaxconn(platform));
  const listener = listensBySocketUnit(service) ? findSoftware("systemd-socket") : service.entry;
  const asked =
    listener !== undefined && ignoresDeclaration(listener)
      ? defaultBacklogOf(listener, somaxconn)
      : service.backlog;
  const effective = effectiveBacklog(asked, somaxconn, { kernel: platform.kernel });
  return { ...service, known, container, somaxconn, listener, asked, effective };
}

/** somaxconn of a network namespace in which nobody set it. */
export function freshSomaxconn({ kernel }: Platform): number {
  // 128 since long before the kernels that the table of settings begins with.
  return defaultFor("somaxconn", kernel) ?? 128;
}

/** The number of a declared setting; undefined if the declaration leaves it alone. */
export function declaredSetting({ settings }: ResolvedDeclaration, key: string): number | undefined {
  const setting = settings.find((wanted) => wanted.key === key);
  return setting && Number(setting.value);
}

/** Whether a socket unit of systemd listens for the service. */
export function listensBySocketUnit({ unit }: ResolvedService): boolean {
  return unit?.endsWith(".socket") === true;
}

/** Whether no setting of the software reaches `listen()`, so that a declared backlog cannot either. */
export function ignoresDeclaration(listener: CatalogueEntry): boolean {
  return listener.directive === undefined;
}

/** Whether the service listens in the network namespace of the host, which the declared settings reach. */
export function isOnHost(service: JudgedService): boolean {
  return service.container === undefined;
}

/** Whether the software exits if its backlog is above somaxconn, instead of being cut in silence. */
export function refusesToBeCut({ listener }: JudgedService): boolean {
  return listener?.refusesAboveSomaxconn === true;
}

/** Whether somaxconn would cut the declared backlog. */
export function isCut(service: JudgedService): boolean {
  return effectiveBacklog(service.backlog, service.somaxconn) < service.backlog;
}

function factsOf({ services }: Platform, name: string): ServicePlatform {
  // A service may be called "constructor": only the object's own names count.
  return (services !== undefined && Object.hasOwn(services, name) ? services[name] : undefined) ?? {};
}
