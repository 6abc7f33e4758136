import { isIP, SocketAddress } from "node:net";
import { findSoftware, suggestSoftware, type CatalogueEntry } from "./catalogue";
import { RELISTEN, type BacklogDeclaration } from "./declaration";
import { showGiven, type InputProblem } from "./finding";
import { isRecord } from "./record";
import { validateExtraSetting, validateSettingValue } from "./settings";

const SERVICE_FIELDS = [
  "name",
  "software",
  "port",
  "path",
  "address",
  "backlog",
  "unit",
  "relisten",
] as const;
const SETTING_FIELDS = ["somaxconn", "tcpMaxSynBacklog", "tcpSyncookies", "extra"] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const UNIT = /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,200}\.(?:service|socket)$/;
const PATH = /^\/[A-Za-z0-9._@/-]+$/;
/** What fits into `sun_path`, with the NUL at its end. */
const MAX_PATH = 107;
const INT_MAX = 2147483647;

/** Whether a text is the name of a systemd unit that can have a listening socket: it may go into a command line. */
export function isUnitName(text: string): boolean {
  return UNIT.test(text);
}

/** Most services of one server: their probe arguments must fit on one command line. */
export const MAX_SERVICES = 100;

/** A declaration that may be used, or everything that is wrong with it. */
export type Validation =
  | { readonly declaration: BacklogDeclaration; readonly problems?: undefined }
  | { readonly declaration?: undefined; readonly problems: readonly InputProblem[] };

/** Where the services of a declaration listen. */
export interface Listening {
  /** Whether they may listen in several network namespaces, so that two of them can have the same port. Default: false. */
  readonly inSeveralNamespaces?: boolean;
}

/**
 * Judges a declaration of unknown origin: every field, all problems at once, before anything is changed. Unknown fields are
 * refused, because a misspelt one would be ignored in silence. It says whether the declaration can be used at all;
 * whether it is wise is the question of `checkBacklog`.
 */
export function validateDeclaration(input: unknown, listening: Listening = {}): Validation {
  const problems: InputProblem[] = [];
  if (!isRecord(input)) {
    return {
      problems: [
        problem("declaration", input, "an object with services and settings", "{ services: [...] }"),
      ],
    };
  }
  refuseUnknown(input, ["services", "settings"], "", problems);
  validateServices(input.services, listening, problems);
  if (input.settings !== undefined) {
    validateSettings(input.settings, problems);
  }
  // Every field was looked at above, so this is the one place where the type is a conclusion.
  return problems.length > 0 ? { problems } : { declaration: input as unknown as BacklogDeclaration };
}

function validateServices(
  services: unknown,
  { inSeveralNamespaces = false }: Listening,
  problems: InputProblem[],
): void {
  const example = 'services: [{ name: "nginx", port: 80, backlog: 4096 }]';
  if (!Array.isArray(services) || services.length === 0 || services.length > MAX_SERVICES) {
    problems.push(problem("services", services, `a list of 1 to ${MAX_SERVICES} services`, example));
    return;
  }
  const names = new Map<string, string>();
  const sockets = new Map<string, string>();
  services.forEach((service: unknown, index) => {
    const path = `services[${index}]`;
    if (!isRecord(service)) {
      problems.push(problem(path, service, "an object with at least a name", '{ name: "nginx" }'));
      return;
    }
    validateService(service, path, problems);
    refuseTwice(names, service.name, `${path}.name`, "a name of its own for each service", problems);
    if (service.path !== undefined) {
      refuseTwice(sockets, service.path, `${path}.path`, "one service for each Unix socket", problems);
      return;
    }
    const port = service.port ?? defaultPort(service);
    if (typeof port === "number" && !inSeveralNamespaces) {
      const where = `${typeof service.address === "string" ? service.address : "*"} port ${port}`;
      refuseTwice(sockets, where, `${path}.port`, "one service for each address and port", problems);
    }
  });
}

function validateService(service: Record<string, unknown>, path: string, problems: InputProblem[]): void {
  refuseUnknown(service, SERVICE_FIELDS, `${path}.`, problems);
  const { name, port, address, backlog, unit, relisten } = service;
  const named = typeof name === "string" && NAME.test(name);
  if (!named) {
    problems.push(
      problem(
        `${path}.name`,
        name,
        "1 to 63 letters, digits, dots, dashes and underscores",
        "a name such as nginx",
      ),
    );
  }
  // What cannot be a name is not looked up as software: one mistake, one problem.
  const known = (named || service.software !== undefined) && validateSoftware(service, path, problems);
  if (service.path !== undefined) {
    validatePath(service, path, problems);
  }
  if (port === undefined) {
    if (known && service.path === undefined && defaultPort(service) === undefined) {
      problems.push(
        problem(`${path}.port`, port, "an integer from 1 to 65535", "the TCP port it listens on"),
      );
    }
  } else if (!isInteger(port, 1, 65535)) {
    problems.push(
      problem(`${path}.port`, port, "an integer from 1 to 65535", meantNumber(port, 1, 65535) ?? "80"),
    );
  }
  validateAddress(address, `${path}.address`, problems);
  if (backlog !== undefined && !isInteger(backlog, 0, INT_MAX)) {
    problems.push(
      problem(
        `${path}.backlog`,
        backlog,
        `an integer from 0 to ${INT_MAX}`,
        meantNumber(backlog, 0, INT_MAX) ?? "4096",
      ),
    );
  }
  if (unit !== undefined && (typeof unit !== "string" || !UNIT.test(unit))) {
    const withSuffix =
      typeof unit === "string" && UNIT.test(`${unit}.service`) ? `${unit}.service` : "nginx.service";
    problems.push(problem(`${path}.unit`, unit, "a systemd unit name with .service or .socket", withSuffix));
  }
  const how = RELISTEN.find((allowed) => allowed === relisten);
  if (relisten !== undefined && how === undefined) {
    problems.push(problem(`${path}.relisten`, relisten, RELISTEN.join(", "), "restart"));
  }
  // Without a unit there would be nothing to restart, and nobody would hear of it.
  if (how !== undefined && how !== "none" && unit === undefined && known && !hasUnit(service)) {
    problems.push(
      problem(`${path}.unit`, unit, `the systemd unit to ${how}`, "its name, such as api.service"),
    );
  }
}

/** A Unix socket instead of a port: the grammar of the probe, and no longer than the address of a socket can be. */
function validatePath(service: Record<string, unknown>, where: string, problems: InputProblem[]): void {
  const { path, port, address } = service;
  if (typeof path !== "string" || path.length > MAX_PATH || !PATH.test(path)) {
    problems.push(
      problem(
        `${where}.path`,
        path,
        `an absolute path of at most ${MAX_PATH} letters, digits and . _ @ / -`,
        "/run/php/php-fpm.sock",
      ),
    );
  }
  if (port !== undefined) {
    problems.push(
      problem(`${where}.port`, port, "either a port or the path of a Unix socket", "leave one of them out"),
    );
  }
  if (address !== undefined) {
    problems.push(problem(`${where}.address`, address, "no address: a Unix socket has none", "leave it out"));
  }
}

/** `ss` prints one spelling of each address; another one would never match, and the service would count as not listening. */
function validateAddress(address: unknown, path: string, problems: InputProblem[]): void {
  if (address === undefined) {
    return;
  }
  const allowed = "an IPv4 or IPv6 address as ss prints it, without a zone";
  if (typeof address !== "string" || isIP(address) === 0 || address.includes("%")) {
    problems.push(problem(path, address, allowed, "127.0.0.1, or leave it out"));
    return;
  }
  const printed = new SocketAddress({ address, family: isIP(address) === 4 ? "ipv4" : "ipv6" }).address;
  if (printed !== address) {
    problems.push(problem(path, address, allowed, printed));
  }
}

/** True where the software is known, or need not be because the declaration says all that the catalogue would. */
function validateSoftware(service: Record<string, unknown>, path: string, problems: InputProblem[]): boolean {
  const { name, software, backlog } = service;
  const place = service.port === undefined ? service.path : service.port;
  const given = software === undefined ? name : software;
  const field = software === undefined ? "name" : "software";
  if (typeof given !== "string" || given === "") {
    if (software !== undefined) {
      problems.push(problem(`${path}.software`, software, "the name of a server program", "nginx"));
    }
    return false;
  }
  if (findSoftware(given) !== undefined) {
    return true;
  }
  const suggestion = suggestSoftware(given);
  if (software !== undefined) {
    problems.push(
      problem(
        `${path}.software`,
        software,
        "a program of the catalogue",
        suggestion ?? "leave it out, and give port and backlog",
      ),
    );
    return false;
  }
  if (place === undefined || backlog === undefined) {
    problems.push(
      problem(
        `${path}.${field}`,
        given,
        "a program of the catalogue, or a name with both port and backlog",
        suggestion ?? `{ name: "${NAME.test(given) ? given : "api"}", port: 8000, backlog: 1024 }`,
      ),
    );
    return false;
  }
  return true;
}

function validateSettings(settings: unknown, problems: InputProblem[]): void {
  if (!isRecord(settings)) {
    problems.push(problem("settings", settings, "an object", "settings: { somaxconn: 4096 }"));
    return;
  }
  refuseUnknown(settings, SETTING_FIELDS, "settings.", problems);
  for (const name of ["somaxconn", "tcpMaxSynBacklog", "tcpSyncookies"] as const) {
    const found =
      settings[name] === undefined
        ? undefined
        : validateSettingValue(name, settings[name], `settings.${name}`);
    if (found) {
      problems.push(found);
    }
  }
  const { extra } = settings;
  if (extra === undefined) {
    return;
  }
  if (!isRecord(extra)) {
    problems.push(
      problem("settings.extra", extra, "an object of sysctl keys", '{ "net.ipv4.tcp_fin_timeout": 30 }'),
    );
    return;
  }
  for (const [key, value] of Object.entries(extra)) {
    const found = validateExtraSetting(key, value, `settings.extra[${showGiven(key)}]`);
    if (found) {
      problems.push(found);
    }
  }
}

function defaultPort(service: Record<string, unknown>): number | undefined {
  return entryOf(service)?.defaultPort;
}

function hasUnit(service: Record<string, unknown>): boolean {
  return entryOf(service)?.units[0] !== undefined;
}

function entryOf(service: Record<string, unknown>): CatalogueEntry | undefined {
  const software = service.software ?? service.name;
  return typeof software === "string" ? findSoftware(software) : undefined;
}

function refuseUnknown(
  record: Record<string, unknown>,
  known: readonly string[],
  prefix: string,
  problems: InputProblem[],
): void {
  for (const field of Object.keys(record)) {
    if (!known.includes(field)) {
      const meant = known.find((name) => name.toLowerCase() === field.toLowerCase().replace(/[_-]/g, ""));
      problems.push(
        problem(
          prefix + shownField(field),
          record[field],
          `the fields ${known.join(", ")}`,
          meant ?? "leave it out",
        ),
      );
    }
  }
}

/** A field name of the user's, safe to print as part of a path. */
function shownField(field: string): string {
  return /^[A-Za-z0-9_-]{1,40}$/.test(field) ? field : `[${showGiven(field)}]`;
}

function refuseTwice(
  seen: Map<string, string>,
  value: unknown,
  path: string,
  allowed: string,
  problems: InputProblem[],
): void {
  if (typeof value !== "string") {
    return;
  }
  const earlier = seen.get(value);
  if (earlier === undefined) {
    seen.set(value, path);
  } else {
    problems.push(problem(path, value, allowed, `another one: ${earlier} already has it`));
  }
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return (
    typeof value === "number" &&
    Number.isInteger(value) &&
    !Object.is(value, -0) &&
    value >= min &&
    value <= max
  );
}

/** The number that a string such as "4096" was meant to be. */
function meantNumber(value: unknown, min: number, max: number): string | undefined {
  if (typeof value !== "string" || !/^\d{1,10}$/.test(value) || !isInteger(Number(value), min, max)) {
    return undefined;
  }
  return `the number ${Number(value)}, without quotes`;
}

function problem(path: string, given: unknown, allowed: string, fix: string): InputProblem {
  return { path, given: showGiven(given), allowed, fix };
}
