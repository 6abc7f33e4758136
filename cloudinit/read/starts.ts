import { CATALOGUE, type CatalogueEntry } from "../../backlog/catalogue";
import type { Place, StartReading } from "./result";

/** What a package does to the service that it brings: Debian's and Ubuntu's start it when they are installed, and others do not. */
export type Family = "debian" | "other";

/** When something is done to a service. */
export interface Moment {
  readonly place: Place;
  /** Whether it surely happens, and what somaxconn is by then is known. */
  readonly isSure: boolean;
  /** What `net.core.somaxconn` is by then; undefined where nothing has set it. */
  readonly somaxconn: string | undefined;
  /** How much may have been written to configuration by then: another number is another configuration. */
  readonly changes: number;
}

/** A service that runs. */
interface Running {
  readonly reading: StartReading;
  readonly changes: number;
}

/** By unit what runs; undefined where nobody knows whether it does, or since when. */
type World = Map<string, Running | undefined>;

/**
 * When services were started for the last time. The distribution is seldom known: what happens is followed for one whose packages start
 * services, and for one whose packages do not.
 */
export class Starts {
  private readonly onDebian: World = new Map();
  private readonly elsewhere: World = new Map();
  /** Whether a family shows itself: only perhaps, or surely. */
  private readonly signs = new Map<Family, "perhaps" | "sure">();
  /** Units that systemd does not start, or may not (false). */
  private readonly masked = new Map<string, boolean>();
  /** Packages may not start what they install. */
  private installsAreUnsure = false;

  /** Something that only one family has is used, or may be. */
  sign(family: Family, isSure: boolean): void {
    if (isSure || !this.signs.has(family)) {
      this.signs.set(family, isSure ? "sure" : "perhaps");
    }
  }

  /** A start does nothing where the service runs. */
  start(unit: string, moment: Moment): void {
    for (const world of [this.onDebian, this.elsewhere]) {
      if (![unit, ...others(unit)].some((name) => world.get(name) !== undefined)) {
        this.begin(world, unit, moment);
      }
    }
  }

  restart(unit: string, moment: Moment): void {
    for (const world of [this.onDebian, this.elsewhere]) {
      doubt(world, others(unit));
      this.begin(world, unit, moment);
    }
  }

  /** Whatever it is that happens to a service: nobody knows whether it runs, or since when. */
  lose(unit: string): void {
    if (!isKnown(unit)) {
      return;
    }
    for (const world of [this.onDebian, this.elsewhere]) {
      world.set(unit, undefined);
      doubt(world, others(unit));
    }
  }

  /** The same of every service. */
  loseAll(): void {
    this.onDebian.clear();
    this.elsewhere.clear();
  }

  /** A reload: whether it listens again is up to the software, and to what its configuration says by then. */
  reload(unit: string, moment: Moment): void {
    for (const world of [this.onDebian, this.elsewhere]) {
      for (const name of [unit, ...others(unit)]) {
        const running = world.get(name);
        if (running === undefined) {
          continue;
        }
        if (running.changes !== moment.changes || !moment.isSure) {
          world.set(name, undefined);
        } else if (ENTRY_OF.get(name)?.relisten === "reload") {
          world.set(name, runningSince(name, moment));
        }
      }
    }
  }

  /** Packages are installed by their names, on Debian: their services start, and what runs already may be restarted. */
  install(packages: readonly string[], moment: Moment): void {
    this.touchRunning(moment);
    for (const name of packages) {
      const unit = PACKAGES.get(name)?.units[0];
      if (unit !== undefined && ![unit, ...others(unit)].some((known) => this.onDebian.has(known))) {
        const isSure = moment.isSure && !this.installsAreUnsure;
        this.begin(this.onDebian, unit, { ...moment, isSure }, "sure");
      }
    }
  }

  /** Another package or a newer library makes Debian restart services: where it matters, since when they run is not known any more. */
  touchRunning({ somaxconn }: Moment): void {
    for (const [unit, running] of this.onDebian) {
      if (running?.reading.somaxconn !== somaxconn) {
        this.onDebian.set(unit, undefined);
      }
    }
  }

  remove(packages: readonly string[]): void {
    for (const name of packages) {
      const unit = PACKAGES.get(name)?.units[0];
      if (unit !== undefined) {
        this.onDebian.set(unit, undefined);
        doubt(this.onDebian, others(unit));
      }
    }
  }

  /** Something may keep packages from starting services. */
  doubtInstalls(): void {
    this.installsAreUnsure = true;
  }

  mask(unit: string, isMasked: boolean, isSure: boolean): void {
    if (!isKnown(unit)) {
      return;
    }
    for (const name of [unit, ...others(unit)]) {
      if (isMasked || !isSure) {
        this.masked.set(name, isMasked && isSure && name === unit);
      } else {
        this.masked.delete(name);
      }
    }
  }

  /** What runs in the end, sorted by when it is found to start; on a distribution that is not known only what runs on either. */
  readings(): StartReading[] {
    const { onDebian, elsewhere } = this;
    const [debian, other] = [this.signs.get("debian"), this.signs.get("other")];
    if (debian === "sure" && other === undefined) {
      return known(onDebian);
    }
    const installed = known(onDebian).filter(
      ({ unit, byPackage }) =>
        byPackage !== undefined && ![unit, ...others(unit)].some((name) => elsewhere.has(name)),
    );
    return [
      ...known(elsewhere),
      ...(other === "sure" && debian === undefined
        ? []
        : installed.map((reading) => ({ ...reading, byPackage: "if-debian" as const }))),
    ];
  }

  private begin(
    world: World,
    unit: string,
    moment: Moment,
    byPackage?: NonNullable<StartReading["byPackage"]>,
  ): void {
    const masked = this.masked.get(unit);
    if (masked !== true && isKnown(unit)) {
      const isSure = moment.isSure && masked === undefined;
      world.set(unit, isSure ? runningSince(unit, moment, byPackage) : undefined);
    }
  }
}

function runningSince(
  unit: string,
  { place, somaxconn, changes }: Moment,
  byPackage?: NonNullable<StartReading["byPackage"]>,
): Running {
  const { part, line } = place;
  const reading = {
    unit,
    part,
    line,
    ...(somaxconn !== undefined && { somaxconn }),
    ...(byPackage !== undefined && { byPackage }),
  };
  return { reading, changes };
}

/** Only units of known software: another word in their place may be a password. */
function known(world: World): StartReading[] {
  return [...world.values()].flatMap((running) =>
    running !== undefined && ENTRY_OF.has(running.reading.unit) ? [running.reading] : [],
  );
}

function doubt(world: World, units: readonly string[]): void {
  for (const unit of units.filter((name) => world.has(name))) {
    world.set(unit, undefined);
  }
}

const ENTRY_OF: ReadonlyMap<string, CatalogueEntry> = new Map(
  CATALOGUE.flatMap((entry) => entry.units.map((unit) => [unit, entry] as const)),
);

const PACKAGES: ReadonlyMap<string, CatalogueEntry> = new Map(
  CATALOGUE.flatMap((entry) => (entry.startedBy ?? []).map((name) => [name, entry] as const)),
);

/** Names that stand for one server on some distribution: what is done to one may be done to the others. */
const SAME: readonly (readonly string[])[] = [
  ...CATALOGUE.map(({ units }) => units).filter(({ length }) => length > 1),
  ["mariadb.service", "mysql.service", "mysqld.service"],
  ["named.service", "bind9.service"],
];

/** Other names that the unit may have, and the service of a socket, or of an instance. */
function others(unit: string): string[] {
  const service = unit.replace(/(?:@.*)?\.(?:service|socket)$/, ".service");
  const names = SAME.filter((same) => same.includes(unit) || same.includes(service)).flat();
  return [...new Set([service, ...names])].filter((name) => name !== unit);
}

/** Only these are remembered: user data may name any number of others, and each look at all of them has to stay short. */
function isKnown(unit: string): boolean {
  return [unit, ...others(unit)].some((name) => ENTRY_OF.has(name));
}

/** The configuration file of the program that a package brings, if Debian's package brings that as well. */
export function configurationOf(name: string): string | undefined {
  return PACKAGES.get(name)?.directive?.file;
}

const PROGRAMS: readonly (readonly [name: string, units: readonly string[]])[] = [
  ...CATALOGUE.flatMap(({ software, aliases, units }) =>
    units.length === 0
      ? []
      : [software, ...aliases, ...units.map((unit) => unit.replace(/(?:@.*)?\.service$/, ""))].map(
          (name) => [name, units] as const,
        ),
  ),
  ...(["pg_", "postgres"] as const).map((name) => [name, ["postgresql.service"]] as const),
  ...(["mysql", "mariadb"] as const).map((name) => [name, ["mysql.service", "mariadb.service"]] as const),
  ["rndc", ["named.service"]],
  ["doveadm", ["dovecot.service"]],
  ["php-fpm", ["php8.2-fpm.service", "php-fpm.service"]],
];

/** Clients: whatever they are told, the server goes on. */
const CLIENTS: ReadonlySet<string> = new Set([
  "docker",
  "mysql",
  "mysqldump",
  "ssh",
  "ssh-keygen",
  "ssh-keyscan",
]);

/** The units of the program that a command is, or talks to, by the beginning of its name. */
export function unitsOfProgram(command: string): readonly string[] {
  return CLIENTS.has(command)
    ? []
    : PROGRAMS.flatMap(([name, units]) => (command.startsWith(name) ? units : []));
}
