import { CATALOGUE, type CatalogueEntry } from "../../../backlog/catalogue";
import type { Budget } from "../budget";
import { escaped, NUMBER } from "./number";

/** A directive of a configuration file, as a pattern for one line. */
export interface FileDirective {
  readonly software: string;
  /** The number is the first group, the port the group named `port`. */
  readonly pattern: RegExp;
  /** The declared backlog for the number that stands there. */
  readonly backlog: (number: number) => number;
}

/** Their number is no backlog: it is multiplied with another setting, or it stands among other words (see forms.ts). */
const NOT_DERIVED = new Set(["dovecot", "nginx", "tomcat", "puma", "unicorn", "mongodb"]);

/** The directives that the catalogue knows, one pattern for each line that it would have people add. */
export const DERIVED: readonly FileDirective[] = CATALOGUE.flatMap((entry) =>
  entry.directive?.kind === "file-directive" && !NOT_DERIVED.has(entry.software)
    ? [derive(entry.software, entry.directive.line)]
    : [],
);

function derive(software: string, line: string): FileDirective {
  const found = /\{backlog(?:([*/])(\d+))?\}/.exec(line);
  const factor = Number(found?.[2] ?? 1);
  const before = line.slice(0, found?.index ?? line.length);
  return {
    software,
    // Names of directives are not told apart by case, and mysqld takes "-" for "_".
    pattern: new RegExp(`^[ \\t]*${flexible(before)}["']?${NUMBER}["']?[ \\t]*(?:$|[;#,\\r])`, "i"),
    backlog: (number) => (found?.[1] === "*" ? Math.floor(number / factor) : number * factor),
  };
}

function flexible(text: string): string {
  return text
    .split(/(\s*[=:]\s*|\s+)/)
    .map((piece, index) =>
      index % 2 === 0
        ? escaped(piece).replaceAll("_", "[-_]")
        : /[=:]/.test(piece)
          ? `[ \\t]*${piece.trim()}[ \\t]*`
          : "[ \\t]+",
    )
    .join("");
}

/** Names that a path shows, besides those of the catalogue. */
const MORE_NAMES: Readonly<Record<string, readonly string[]>> = {
  mysql: ["my.cnf"],
  "php-fpm": ["fpm", "php-fpm"],
  zookeeper: ["zoo.cfg"],
  kafka: ["server.properties"],
  tomcat: ["server.xml"],
  nginx: ["sites-available", "sites-enabled"],
  trafficserver: ["records.config"],
};
/** Aliases that name more than the one program. */
const TOO_COMMON = new Set(["php", "named", "rails", "registry", "http"]);

const NAMES: readonly (readonly [software: string, name: string, whole: RegExp])[] = CATALOGUE.flatMap((entry) =>
  namesOf(entry).map(
    (name) => [entry.software, name, new RegExp(`(?:^|[^a-z0-9])${escaped(name)}\\d*(?![a-z0-9])`)] as const,
  ),
); // prettier-ignore

function namesOf({ software, aliases }: CatalogueEntry): string[] {
  return [software, ...aliases, ...(MORE_NAMES[software] ?? [])].filter((name) => !TOO_COMMON.has(name));
}

/** Any of the names: most paths have none, and are done with. */
const ANY_NAME = new RegExp(CATALOGUE.flatMap(namesOf).map(escaped).join("|"));
/** Measured: holding a path against all names. */
const STEPS_PER_PATH = 20;

/** The programs that a path may belong to, the one that is named last first. */
export function softwareOf(path: string, budget: Budget): string[] {
  budget.spend(1);
  const lower = path.toLowerCase().slice(-512);
  if (!ANY_NAME.test(lower)) {
    return [];
  }
  budget.spend(STEPS_PER_PATH + lower.length / 4);
  const found = NAMES.flatMap(([software, name, whole]) => {
    const at = lower.includes(name) ? lower.search(whole) : -1;
    return at < 0 ? [] : [{ software, at }];
  });
  return [...new Set(found.sort((a, b) => b.at - a.at).map(({ software }) => software))];
}
