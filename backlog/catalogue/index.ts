import type { CatalogueEntry } from "./entry";
import { editDistance } from "./edit-distance";
import { CATALOGUE } from "./entries";

export { CATALOGUE };
export type { BacklogClass, CatalogueEntry, DefaultBacklog, Directive, Relisten, Verified } from "./entry";

const BY_NAME: ReadonlyMap<string, CatalogueEntry> = new Map(
  CATALOGUE.flatMap((entry) => [entry.software, ...entry.aliases].map((name) => [name, entry] as const)),
);

/** The entry with this id or alias, whatever its case and surrounding spaces; undefined if the catalogue has none. */
export function findSoftware(name: string): CatalogueEntry | undefined {
  return BY_NAME.get(normal(name));
}

/**
 * The id that was probably meant by an unknown name: the nearest id or alias by edit distance, if it is near enough to be
 * a slip of the keyboard (at most a third of the letters differ). Undefined otherwise.
 */
export function suggestSoftware(name: string): string | undefined {
  const given = normal(name);
  // Longer than any name by more than the tolerance: not worth a distance matrix, which grows with hostile input.
  if (given === "" || given.length > 40) {
    return undefined;
  }
  let best: { software: string; distance: number } | undefined;
  for (const [known, entry] of BY_NAME) {
    const tolerated = Math.max(1, Math.floor(Math.min(given.length, known.length) / 3));
    if (Math.abs(given.length - known.length) > tolerated) {
      continue;
    }
    const distance = editDistance(given, known);
    if (distance <= tolerated && (best === undefined || distance < best.distance)) {
      best = { software: entry.software, distance };
    }
  }
  return best?.software;
}

/**
 * The number that an unconfigured program passes to `listen()` where somaxconn has this value. It is the declared backlog:
 * the kernel may still cut it.
 */
export function defaultBacklogOf(entry: CatalogueEntry, somaxconn: number): number {
  const backlog = entry.defaultBacklog;
  if (typeof backlog === "number") {
    return backlog;
  }
  return "follows" in backlog ? somaxconn : backlog.value;
}

/**
 * The exact line that gives this program this backlog (or the next number above that its setting can express), for this port
 * or the program's default port. For a program without a directive it is the step to take instead.
 */
export function directiveLine(entry: CatalogueEntry, backlog: number, port = entry.defaultPort): string {
  const template = entry.directive?.line ?? entry.instead ?? "";
  return template
    .replace(PLACEHOLDER, (_, operator?: string, factor?: string) =>
      String(operator === undefined ? backlog : scale(backlog, operator, Number(factor))),
    )
    .replaceAll("{port}", port === undefined ? "PORT" : String(port));
}

const PLACEHOLDER = /\{backlog(?:([*/])(\d+))?\}/g;

function scale(backlog: number, operator: string, factor: number): number {
  return operator === "*" ? backlog * factor : Math.ceil(backlog / factor);
}

function normal(name: string): string {
  return name.trim().toLowerCase();
}
