import type { Budget } from "../budget";
import type { FileLine } from "../files";
import { isPlainValue } from "../kernel-value";
import { commandLineReadings } from "./command-line";
import { isComposeFile } from "./compose-file";
import type { Composed } from "./composed";
import { DERIVED, softwareOf } from "./derived";
import { FORMS, PORTS } from "./forms";
import type { FoundBacklog, FoundContainer } from "./found";
import { NUMBER, numberOf, portOf } from "./number";

export interface FoundInFile {
  readonly backlogs: readonly FoundBacklog[];
  readonly containers: readonly FoundContainer[];
}

const COMMENT = /^\s*(?:[#;]|\/\/|<!--)/;
const SOCKET_UNIT = /\.socket(?:\.d\/[^/]+\.conf)?$/;
const SOCKET_BACKLOG = new RegExp(`^Backlog=${NUMBER}[ \\t]*$`);
const COMMAND_LINE =
  /^[ \t]*(?:ExecStart=[-@:+!]{0,3}|command[ \t]*=[ \t]*|(?:[A-Z_]{0,40}(?:OPTIONS|ARGS|OPTS))=)["']?(.{1,4000})$/;
const CONTINUED = /\\[ \t\r]*$/;
const SOMAXCONN = "net.core.somaxconn";
const COMPOSE_SYSCTL = new RegExp(
  `^[ \\t]*(?:-[ \\t]+)?["']?(net\\.[a-z0-9_.]{1,100})["']?[ \\t]*[:=][ \\t]*["']?${NUMBER}["']?[ \\t]*$`,
);

/** Of these a later line takes the place of an earlier one in the same section. */
const ONCE = new Set([
  "apache", "lighttpd", "mariadb", "mysql", "pgbouncer", "php-fpm", "redis", "systemd-socket", "valkey", "zookeeper",
]); // prettier-ignore
const SECTION = /^\s{0,9}\[([\w.@-]{1,100})\]\s*$/;
/** A file of MySQL or MariaDB holds what clients want too. */
const SECTIONS_OF_SERVERS = /^(?:mysqld|mariadb|server|galera|embedded)/;
const HAS_CLIENTS = new Set(["mysql", "mariadb"]);

const LINES_OF_A_COMMAND = 64;
/** Measured. */
const STEPS_PER_LINE = 1;
const PATTERNS_PER_STEP = 4;
const CHARACTERS_PER_STEP = 32;

/**
 * The backlogs that a configuration file asks for. The path tells whose file it is: the same line means nothing in another's.
 * @param composed what Compose starts by it, together with the others of its folder. Default: it is not known to be of Compose
 */
export function directivesIn(
  path: string,
  lines: readonly FileLine[],
  budget: Budget,
  composed?: Composed,
): FoundInFile {
  const backlogs: FoundBacklog[] = [];
  const containers: FoundContainer[] = [];
  const owners = softwareOf(path, budget);
  const directives = DERIVED.filter(({ software }) => owners.includes(software));
  const forms = FORMS.filter(({ software }) => owners.includes(software));
  const socket = SOCKET_UNIT.test(path);
  const compose = isComposeFile(path);
  containers.push(...(composed?.containers ?? []));
  const ports = new Map<string, number>();
  /** Where in `backlogs` the one of a program and a section is. */
  const positions = new Map<string, number>();
  let section = "";
  const add = (
    software: string,
    number: string | undefined,
    line: FileLine,
    port?: number,
    scale = (n: number) => n,
  ): void => {
    if (HAS_CLIENTS.has(software) && section !== "" && !SECTIONS_OF_SERVERS.test(section)) {
      return;
    }
    const value = numberOf(number);
    const known = port ?? ports.get(software);
    const doubt =
      line.doubt ??
      (value === undefined ? (/^\d/.test(number ?? "") ? "value-not-plain" : "variable") : undefined);
    const whose = HAS_CLIENTS.has(software) ? software : `${software}[${section}]`;
    const position = ONCE.has(software) ? (positions.get(whose) ?? backlogs.length) : backlogs.length;
    positions.set(whose, position);
    backlogs[position] = {
      software,
      value: scale(value ?? 0),
      place: line.place,
      ...(known === undefined ? {} : { port: known }),
      ...(doubt === undefined ? {} : { doubt }),
    };
  };
  const each = STEPS_PER_LINE + (directives.length + forms.length + owners.length) / PATTERNS_PER_STEP;
  for (const [index, first] of lines.entries()) {
    budget.spend(each + first.text.length / CHARACTERS_PER_STEP);
    const line =
      CONTINUED.test(first.text) && COMMAND_LINE.test(textOf(first))
        ? withContinuation(lines, first, index, budget)
        : first;
    const text = textOf(line);
    if (COMMENT.test(text)) {
      continue;
    }
    section = SECTION.exec(text)?.[1] ?? section;
    for (const software of socket ? ["systemd-socket"] : owners) {
      const port = portOf(PORTS[software]?.exec(text)?.[1]);
      if (port !== undefined) {
        ports.set(software, port);
      }
    }
    const taken = new Set<string>();
    for (const { software, pattern, backlog } of directives) {
      const number = pattern.exec(text)?.[1];
      // Of two programs with one directive (Redis and Valkey) the one that the path names last has it.
      if (number !== undefined && !taken.has(pattern.source)) {
        taken.add(pattern.source);
        add(ownerOf(software, pattern, owners), number, line, undefined, backlog);
      }
    }
    for (const { software, pattern } of forms) {
      for (const { groups } of text.matchAll(pattern)) {
        add(software, groups?.["backlog"], line, portOf(groups?.["address"]));
      }
    }
    const unit = socket ? SOCKET_BACKLOG.exec(text)?.[1] : undefined;
    if (unit !== undefined) {
      add("systemd-socket", unit, line);
    }
    const sysctl = compose ? COMPOSE_SYSCTL.exec(text) : null;
    const isTold = sysctl?.[1] === SOMAXCONN && composed?.told.has(sysctl[2] ?? "") === true;
    if (sysctl?.[1] !== undefined && sysctl[2] !== undefined && !isTold) {
      const doubt = line.doubt ?? (numberOf(sysctl[2]) === undefined ? "variable" : undefined);
      containers.push({
        key: sysctl[1],
        value: sysctl[2],
        place: line.place,
        ...(doubt === undefined ? {} : { doubt }),
      });
    }
    const command =
      COMMAND_LINE.exec(text)?.[1] ?? (owners[0] === "memcached" && /^-/.test(text) ? text : undefined);
    if (command !== undefined) {
      const words = command.replace(/["']/g, "").split(/\s+/);
      const read = commandLineReadings(owners[0] === "memcached" ? ["memcached", ...words] : words);
      for (const { software, value, port } of read.backlogs) {
        add(software, value === undefined ? undefined : String(value), line, port);
      }
      const { published = [], isUntuned = false } = read;
      const ports = published.length > 0 ? { ports: published } : {};
      if (isUntuned && published.length > 0 && line.doubt === undefined) {
        containers.push({ key: "net.core.somaxconn", ...ports, place: line.place });
      }
      for (const { key, value } of read.containers) {
        const doubt =
          line.doubt ??
          (value === undefined ? "variable" : isPlainValue(key, value) ? undefined : "value-not-plain");
        containers.push({
          key,
          value: value ?? "",
          ...ports,
          place: line.place,
          ...(doubt === undefined ? {} : { doubt }),
        });
      }
    }
  }
  return { backlogs: withPorts(backlogs, ports), containers };
}

const textOf = (line: FileLine): string => line.text.slice(0, 4096).replace(/\r$/, "");

/** A command line of a unit, or of a file of options, goes on in the next line where it ends with a backslash. */
function withContinuation(
  lines: readonly FileLine[],
  first: FileLine,
  index: number,
  budget: Budget,
): FileLine {
  let whole = { ...first, text: textOf(first) };
  for (const line of lines.slice(index + 1, index + 1 + LINES_OF_A_COMMAND)) {
    if (!CONTINUED.test(whole.text)) {
      break;
    }
    const more = textOf(line);
    budget.spend(STEPS_PER_LINE + (whole.text.length + more.length) / CHARACTERS_PER_STEP);
    // Comments between the lines of a command are left out.
    if (!COMMENT.test(more)) {
      const doubt = whole.doubt ?? line.doubt;
      const text = `${whole.text.replace(CONTINUED, " ")}${more}`.slice(0, 4096);
      whole = { ...whole, text, ...(doubt === undefined ? {} : { doubt }) };
    }
  }
  return { ...whole, text: whole.text.replace(CONTINUED, " ") };
}

function ownerOf(software: string, pattern: RegExp, owners: readonly string[]): string {
  const rivals = DERIVED.filter((other) => other.pattern.source === pattern.source).map(
    (other) => other.software,
  );
  return owners.find((owner) => rivals.includes(owner)) ?? software;
}

/** The port may stand below the backlog, where a file has one of each. */
function withPorts(backlogs: readonly FoundBacklog[], ports: ReadonlyMap<string, number>): FoundBacklog[] {
  return backlogs.map((reading) => {
    const port = reading.port ?? ports.get(reading.software);
    return port === undefined ? reading : { ...reading, port };
  });
}
