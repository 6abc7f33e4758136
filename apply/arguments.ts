import type { ResolvedDeclaration, ResolvedService } from "../backlog/resolve";
import type { VerifyMode } from "../probe/arguments";

/** What the apply script is told besides the declaration. */
export interface ApplyOptions {
  /** The name of the host in every message. What the script does not take in a name becomes an underscore. */
  readonly host: string;
  /** `at-least` never lowers a value: not the one now, and not the one of the next boot. */
  readonly mode: VerifyMode;
  /** The name of our file in `/etc/sysctl.d`. */
  readonly fileName: string;
  /** Whose file it is: lower-case hex digits, at most 64. Only who knows it can have the earlier values put back. */
  readonly owner?: string;
  /** Most seconds to wait for cloud-init to finish. */
  readonly waitSeconds: number;
  /** Most seconds to wait for each service to come back. */
  readonly settleSeconds: number;
  /** Whether it only says what it would do. Default `false`. */
  readonly dryRun?: boolean;
}

/** The arguments of the apply script for a declaration; the script itself travels on standard input. */
export function applyArguments(declaration: ResolvedDeclaration, options: ApplyOptions): string[] {
  return [
    ...["--host", hostWord(options.host), "--mode", options.mode, "--file", options.fileName],
    ...(options.owner === undefined ? [] : ["--owner", options.owner]),
    ...["--wait", String(options.waitSeconds), "--settle", String(options.settleSeconds)],
    ...(options.dryRun === true ? ["--dry-run"] : []),
    ...declaration.settings.flatMap(({ key, value }) => ["--setting", key, value]),
    ...declaration.services.flatMap(relistenArguments),
  ];
}

function relistenArguments(service: ResolvedService): string[] {
  const { name, port, path, backlog, address, unit, relisten } = service;
  return unit === undefined || relisten === "none"
    ? []
    : ["--relisten", name, path ?? String(port), String(backlog), address ?? "-", unit, relisten];
}

/** The arguments that put back what was there before, if the file still has this owner. */
export function restoreArguments({
  host,
  fileName,
  owner,
}: Pick<ApplyOptions, "host" | "fileName"> & { readonly owner: string }): string[] {
  // Whoever destroys waits for another run on the host, but not for long.
  return ["--host", hostWord(host), "--file", fileName, "--owner", owner, "--wait", "60", "--restore"];
}

/** A Pulumi name may hold anything; the script takes a word of at most 255 characters. */
function hostWord(host: string): string {
  return host.replace(/[^A-Za-z0-9._:@/%[\]-]/g, "_").slice(0, 255) || "_";
}
