import { shellQuote } from "../cloudinit/shell-quote";
import type { ResolvedDeclaration, ResolvedService } from "../backlog/resolve";

/** How strictly a host is judged: `exact` on servers that we create, `at-least` (raise, never lower) on others. */
export type VerifyMode = "exact" | "at-least";

/** What the probe is told besides the declaration. */
export interface ProbeOptions {
  /** The name of the host in every message. What the probe does not take in a name becomes an underscore. */
  readonly host: string;
  readonly mode: VerifyMode;
  /** Most seconds to wait for cloud-init to finish. */
  readonly waitSeconds: number;
  /** Most seconds to wait for a declared service that does not listen yet. */
  readonly settleSeconds: number;
  /**
   * Where services are judged. `auto`: in the network namespace of the host, and only a service that is not there in those of
   * containers. `all`: wherever something listens on the port. Default `auto`. Containers are only seen by root.
   */
  readonly namespaces?: "auto" | "all";
}

/** The arguments of the probe for a declaration; the script itself travels on standard input. */
export function probeArguments(declaration: ResolvedDeclaration, options: ProbeOptions): string[] {
  return [
    ...["--host", asName(options.host), "--mode", options.mode],
    ...(options.namespaces === undefined ? [] : ["--namespaces", options.namespaces]),
    ...["--wait", String(options.waitSeconds), "--settle", String(options.settleSeconds)],
    ...declaration.settings.flatMap(({ key, value }) => ["--setting", key, value]),
    ...declaration.services.flatMap((service) => ["--service", ...serviceArguments(service)]),
  ];
}

function serviceArguments(service: ResolvedService): string[] {
  return [
    service.name,
    service.path ?? String(service.port),
    String(service.backlog),
    service.defaultBacklog === undefined ? "-" : String(service.defaultBacklog),
    service.address ?? "-",
    service.unit ?? "-",
    asText(fixFor(service)),
  ];
}

function fixFor({ entry, directive }: ResolvedService): string {
  if (directive === undefined) {
    return "-";
  }
  // Software without a directive has a step there, which is not a line of any file.
  return entry?.directive ? `write "${directive}" in its configuration` : directive;
}

/** The command line that runs the probe from standard input. Every argument is quoted, whatever it holds. */
export function probeCommand(args: readonly string[]): string {
  return ["sh", "-s", "--", ...args].map(quote).join(" ");
}

/** One word for a POSIX shell: as it is where that is safe, otherwise in single quotes. */
function quote(argument: string): string {
  return /^[A-Za-z0-9_.:@%/=+,-]+$/.test(argument) ? argument : shellQuote(argument);
}

/** A Pulumi name may hold anything; the probe takes a word of at most 255 characters. */
function asName(host: string): string {
  return host.replace(/[^A-Za-z0-9._:@/%[\]-]/g, "_").slice(0, 255) || "_";
}

/** The probe takes printable ASCII, at most 400 characters. */
function asText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 400);
}
