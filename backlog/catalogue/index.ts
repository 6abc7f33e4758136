import type { CatalogueEntry } from "./entry";
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
    const distance = editDistance(given, known);
    const tolerated = Math.max(1, Math.floor(Math.min(given.length, known.length) / 3));
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
 * The exact line that gives this program this backlog, for the port or the program's default port; for a program without a
 * directive, the step to take instead.
 */
export function directiveLine(entry: CatalogueEntry, backlog: number, port = entry.defaultPort): string {
  const template = entry.directive?.line ?? entry.instead ?? "";
  return template.replaceAll("{backlog}", String(backlog)).replaceAll("{port}", String(port ?? "PORT"));
}

function normal(name: string): string {
  return name.trim().toLowerCase();
}

/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] ?? Infinity) + 1,
        (row[j - 1] ?? Infinity) + 1,
        (last[j - 1] ?? Infinity) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? Infinity) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? Infinity;
}
