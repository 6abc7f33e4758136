/**
 * Where the declared backlog of a server program comes from:
 * - `follows-somaxconn`: it passes the live somaxconn (or "as much as allowed"), so a sysctl and a re-listen suffice;
 * - `own-number`: it passes a number of its own, so raising somaxconn alone changes nothing above that number;
 * - `hard-coded`: it passes a number that no configuration reaches.
 */
export type BacklogClass = "follows-somaxconn" | "own-number" | "hard-coded";

/**
 * What a program passes to `listen()` when nobody configured it: a fixed number, whatever somaxconn is at that moment,
 * or a number computed from another of its settings (`value` is the result with that setting at its own default).
 */
export type DefaultBacklog =
  | number
  | { readonly follows: "somaxconn" }
  | { readonly derivedFrom: string; readonly formula: string; readonly value: number };

/** How a backlog is given to a program. */
export interface Directive {
  readonly kind: "file-directive" | "flag" | "env" | "api" | "unit";
  /** The name of the directive, flag, variable or option, as its documentation spells it. */
  readonly name: string;
  /** The file it usually goes into (Debian's path where distributions differ). */
  readonly file?: string;
  /** Where in the file, in words behind the name of the file. Default: anywhere, as in a file of keys and values. */
  readonly place?: string;
  /**
   * The line to add. Placeholders: `{backlog}`, also as `{backlog/2}` (rounded up) or `{backlog*4}` where the program derives its
   * backlog from the number in the line, and `{port}` where the line names an address.
   */
  readonly line: string;
}

/**
 * What it takes until the program calls `listen()` again:
 * - `reload`: its reload re-listens;
 * - `reload-if-number-changed`: its reload re-listens only if the configured number changed (a changed somaxconn alone does not count);
 * - `restart`: only a restart of the service;
 * - `restart-socket-unit`: only a restart of the systemd socket unit, which owns the socket;
 * - `never`: nothing short of replacing the machine or container.
 */
export type Relisten = "reload" | "reload-if-number-changed" | "restart" | "restart-socket-unit" | "never";

/**
 * How the default became known: `measured` on a real kernel with the package that `source` names (test/e2e/catalogue.test.ts
 * repeats most of them), read in the program's `source`, read in its `documentation`, or from `memory` (re-check before relying
 * on it).
 */
export type Verified = "measured" | "source" | "documentation" | "memory";

/** What is known of one server program. */
export interface CatalogueEntry {
  /** Kebab-case id, unique. */
  readonly software: string;
  /** The name that people use. */
  readonly title: string;
  /** Other lower-case names that find this entry; unique over the catalogue. */
  readonly aliases: readonly string[];
  readonly class: BacklogClass;
  /** The declared backlog of an unconfigured program. */
  readonly defaultBacklog: DefaultBacklog;
  /** Releases whose default is another one, if there are any in use. */
  readonly otherVersions?: readonly { readonly versions: string; readonly defaultBacklog: DefaultBacklog }[];
  /** Absent if no setting of the program reaches `listen()`. */
  readonly directive?: Directive;
  /** What to do where there is no directive: the exact step, may hold `{backlog}`. Present if and only if `directive` is absent. */
  readonly instead?: string;
  readonly relisten: Relisten;
  readonly relistenNote: string;
  /** systemd units that usually run it, Debian's first, then RHEL's; empty for libraries and runtimes. */
  readonly units: readonly string[];
  /**
   * Debian's packages whose installation starts the first of `units`: themselves, or by what they depend on. Ubuntu's do so too. Read in
   * the packages that were measured. Default: none is known.
   */
  readonly startedBy?: readonly string[];
  /** TCP port of an unconfigured program, if it has one. */
  readonly defaultPort?: number;
  /** The program exits if its backlog is above somaxconn, instead of being cut silently. */
  readonly refusesAboveSomaxconn?: true;
  /** What else an operator must know; empty if nothing. */
  readonly notes: string;
  readonly verified: Verified;
  /** What was measured or read: package and version, repository path and commit, or documentation page. */
  readonly source: string;
}
