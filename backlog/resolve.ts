import { canonicalKey } from "./sysctld";
import { defaultBacklogOf, directiveLine, findSoftware, type CatalogueEntry } from "./catalogue";
import type { BacklogDeclaration, Relisten, ServiceDeclaration, SettingsDeclaration } from "./declaration";

/** No less than this is set, whatever small backlogs are declared: it is the kernel's own default since 5.4. */
export const MINIMUM_SOMAXCONN = 4096;

/** A service with every default filled in. */
export interface ResolvedService {
  readonly name: string;
  /** The catalogue's entry of its software, where it has one. */
  readonly entry?: CatalogueEntry;
  /** TCP port; undefined where it listens on a Unix socket. */
  readonly port?: number;
  /** The path of its Unix socket; undefined where it listens on TCP. */
  readonly path?: string;
  readonly address?: string;
  /** Declared backlog. */
  readonly backlog: number;
  /** Whether the declaration named the backlog, or it is what the software asks for by itself. */
  readonly backlogIsDefault: boolean;
  /** What the software passes to `listen()` when nobody configures it, under the wanted somaxconn. */
  readonly defaultBacklog?: number;
  readonly unit?: string;
  readonly relisten: Relisten;
  /** The line that gives the software the declared backlog, or the step to take where it has no such line; undefined outside the catalogue. */
  readonly directive?: string;
}

/** A sysctl key, spelt with dots, and the value to hold. */
export interface WantedSetting {
  readonly key: string;
  readonly value: string;
}

/** A declaration with every default filled in. */
export interface ResolvedDeclaration {
  readonly services: readonly ResolvedService[];
  readonly somaxconn: number;
  /** `settings.somaxconn` as the declaration gives it; undefined where it is computed from the services. */
  readonly somaxconnGiven?: number;
  /** Everything to write and to verify, somaxconn first, the rest in a fixed order. */
  readonly settings: readonly WantedSetting[];
}

/** Fills in the defaults of a declaration that passed `validateDeclaration`. */
export function resolveDeclaration(declaration: BacklogDeclaration): ResolvedDeclaration {
  const given = declaration.services.map((service) => ({
    service,
    entry: findSoftware(service.software ?? service.name),
  }));
  const somaxconn = declaration.settings?.somaxconn ?? neededSomaxconn(given);
  return {
    services: given.map(({ service, entry }) => resolveService(service, entry, somaxconn)),
    somaxconn,
    somaxconnGiven: declaration.settings?.somaxconn,
    settings: wantedSettings(declaration.settings ?? {}, somaxconn),
  };
}

interface Given {
  readonly service: ServiceDeclaration;
  readonly entry: CatalogueEntry | undefined;
}

/**
 * The smallest somaxconn that cuts no declared backlog, and no less than {@link MINIMUM_SOMAXCONN}. What software derives from
 * another setting when nobody declares a backlog (HAProxy: 262124, from its open-files limit) is no reason to raise it.
 */
function neededSomaxconn(given: readonly Given[]): number {
  const needed = given.map(
    ({ service, entry }) => service.backlog ?? (entry ? undeclaredBacklog(entry, 0) : 0),
  );
  return Math.max(MINIMUM_SOMAXCONN, ...needed);
}

/** The backlog of software that was declared without one: a derived number counts as far as somaxconn allows. */
function undeclaredBacklog(entry: CatalogueEntry, somaxconn: number): number {
  const backlog = defaultBacklogOf(entry, somaxconn);
  const derived = typeof entry.defaultBacklog === "object" && "derivedFrom" in entry.defaultBacklog;
  return derived ? Math.min(backlog, somaxconn) : backlog;
}

function resolveService(
  service: ServiceDeclaration,
  entry: CatalogueEntry | undefined,
  somaxconn: number,
): ResolvedService {
  const defaultBacklog = entry && undeclaredBacklog(entry, somaxconn);
  const backlog = service.backlog ?? defaultBacklog;
  const { path } = service;
  const port = path === undefined ? (service.port ?? entry?.defaultPort) : undefined;
  if (backlog === undefined || (port === undefined && path === undefined)) {
    throw new TypeError(`the declaration of ${service.name} was not validated`);
  }
  return {
    name: service.name,
    entry,
    port,
    ...(path !== undefined && { path }),
    address: service.address,
    backlog,
    backlogIsDefault: service.backlog === undefined,
    defaultBacklog,
    unit: service.unit ?? entry?.units[0],
    relisten: service.relisten ?? "none",
    directive: entry && placedDirective(entry, backlog, { port, path }),
  };
}

/** Where a service listens: exactly one of the two. */
export interface Place {
  readonly port?: number;
  readonly path?: string;
}

/** The line that gives software a backlog at the place where it listens, or the step to take where it has no such line. */
export function placedDirective(entry: CatalogueEntry, backlog: number, { port, path }: Place): string {
  if (path === undefined || entry.directive?.line.includes("{port}") !== true) {
    return directiveLine(entry, backlog, port);
  }
  return entry.software === "nginx"
    ? `listen unix:${path} backlog=${backlog};`
    : `${entry.directive.name} ${backlog} for the listener on ${path}`;
}

function wantedSettings(settings: SettingsDeclaration, somaxconn: number): WantedSetting[] {
  const wanted: WantedSetting[] = [{ key: "net.core.somaxconn", value: String(somaxconn) }];
  if (settings.tcpMaxSynBacklog !== undefined) {
    wanted.push({ key: "net.ipv4.tcp_max_syn_backlog", value: String(settings.tcpMaxSynBacklog) });
  }
  if (settings.tcpSyncookies !== undefined) {
    wanted.push({ key: "net.ipv4.tcp_syncookies", value: String(settings.tcpSyncookies) });
  }
  const extra = Object.entries(settings.extra ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...wanted,
    // As the kernel shows it, so that it compares equal: dots in the key, one space between words.
    ...extra.map(([key, value]) => ({
      key: canonicalKey(key) ?? key,
      value: String(value)
        .trim()
        .replace(/[ \t]+/g, " "),
    })),
  ];
}
