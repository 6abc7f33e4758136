import type { Budget } from "../budget";
import type { FileLine } from "../files";
import { composeServices, isComposeFile } from "./compose-file";
import type { FoundContainer } from "./found";

/** What Compose starts by a file. */
export interface Composed {
  readonly containers: readonly FoundContainer[];
  /** The values of net.core.somaxconn in it that are those of such containers, whichever file these are told by. */
  readonly told: ReadonlySet<string>;
}

/** Measured. */
const STEPS_PER_PIECE = 1.5;
const SOMAXCONN = "net.core.somaxconn";

/** What Compose starts, by the path of the file. Nothing in a folder of which a line is in doubt: it may be about any service there. */
export function composedBy(
  paths: readonly string[],
  linesOf: (path: string) => readonly FileLine[],
  budget: Budget,
): ReadonlyMap<string, Composed> {
  const folders = new Map<string, { readonly path: string; readonly lines: readonly FileLine[] }[]>();
  for (const path of paths.filter(isComposeFile)) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const others = folders.get(folder) ?? [];
    others.push({ path, lines: linesOf(path) });
    folders.set(folder, others);
  }
  const found = new Map<string, { readonly containers: FoundContainer[]; readonly told: Set<string> }>();
  const of = (path: string) => {
    const composed = found.get(path) ?? { containers: [], told: new Set() };
    found.set(path, composed);
    return composed;
  };
  for (const files of folders.values()) {
    const isDoubtful = files.some(({ lines }) => lines.some(({ doubt }) => doubt !== undefined));
    const texts = files.map(({ lines }) => lines.map(({ text }) => text).join("\n"));
    const services = isDoubtful
      ? []
      : composeServices(texts, () => {
          budget.spend(STEPS_PER_PIECE);
        });
    for (const { ports, somaxconn, definitions } of services) {
      const [shown] = definitions;
      const file = files[shown?.file ?? -1];
      const line = (texts[shown?.file ?? -1] ?? "").slice(0, shown?.at).split("\n").length - 1;
      const place = file?.lines[line]?.place;
      if (file !== undefined && place !== undefined) {
        of(file.path).containers.push({
          key: SOMAXCONN,
          ports,
          place,
          ...(somaxconn !== undefined && { value: somaxconn }),
        });
      }
      for (const definition of definitions) {
        const { path } = files[definition.file] ?? {};
        if (path !== undefined && definition.somaxconn !== undefined) {
          of(path).told.add(definition.somaxconn);
        }
      }
    }
  }
  return found;
}
