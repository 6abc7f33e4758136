import { CATALOGUE } from "../../../backlog/catalogue";
import { HOLE } from "../source";
import { numberOf, portOf } from "./number";
import { publishedBy } from "./published";

export interface CommandLineReadings {
  /** The value is undefined where only the running shell knows it. */
  readonly backlogs: readonly {
    readonly software: string;
    readonly value?: number;
    readonly port?: number;
  }[];
  readonly containers: readonly { readonly key: string; readonly value?: string }[];
  /** The TCP ports of the host that lead into the container which it starts, if it starts one and these are plain. */
  readonly published?: readonly number[];
  /** Whether that has the somaxconn of a new namespace. */
  readonly isUntuned?: boolean;
}

interface Program {
  readonly software: string;
  /** Flags that take the backlog: `--backlog`, `-b`; or what stands before the number inside of a word. */
  readonly flags: readonly string[];
  readonly inside?: string;
}

const NONE: CommandLineReadings = { backlogs: [], containers: [] };
const CONTAINER_ENGINE = /(?:^|\/)(?:docker|podman|nerdctl)$/;
/** Short forms that the catalogue does not name. */
const SHORT: Readonly<Record<string, readonly string[]>> = { uwsgi: ["-l"] };
/** The commands that go by another name than the software. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  waitress: ["waitress-serve"],
  twisted: ["twist", "twistd"],
  varnish: ["varnishd"],
};

/** The programs whose command line takes a backlog, by the name of the command. */
const PROGRAMS: ReadonlyMap<string, Program> = new Map(
  CATALOGUE.flatMap(({ software, aliases, directive }) => {
    const program =
      directive?.kind === "flag"
        ? fromFlag(software, directive.name)
        : directive?.kind === "file-directive" && /^[a-z][a-z_-]*$/.test(directive.name)
          ? // redis-server, mysqld and uwsgi take every directive of their files as an option as well.
            {
              software,
              flags: [
                `--${directive.name}`,
                `--${directive.name.replaceAll("_", "-")}`,
                ...(SHORT[software] ?? []),
              ],
            }
          : undefined;
    return program
      ? [software, ...aliases, ...(COMMANDS[software] ?? [])].map((name) => [name, program] as const)
      : [];
  }),
);

function fromFlag(software: string, name: string): Program {
  const inside = /^(?:-p )?(\w+)=?$/.exec(name)?.[1];
  return inside === undefined
    ? { software, flags: name.split(/,\s*/) }
    : { software, flags: [], inside: `${inside}=` };
}

/** The backlogs and container sysctls that a command line names. */
export function commandLineReadings(words: readonly string[]): CommandLineReadings {
  const [first = ""] = words;
  if (CONTAINER_ENGINE.test(first)) {
    const containers = containerSysctls(words);
    const isTuned = words.some((word) => word.includes("net.core.somaxconn"));
    return { backlogs: [], containers, published: publishedPorts(words), isUntuned: !isTuned };
  }
  // `python -m gunicorn`, `poetry run uvicorn`: the program stands among the first words.
  let at = 0;
  let program: Program | undefined;
  for (; at < Math.min(8, words.length); at++) {
    const word = words[at] ?? "";
    program = PROGRAMS.get(word.slice(word.lastIndexOf("/") + 1));
    if (program) {
      break;
    }
  }
  if (program === undefined) {
    return NONE;
  }
  const rest = words.slice(at + 1);
  const number = numberIn(rest, program);
  if (number === undefined) {
    return NONE;
  }
  const value = numberOf(number);
  const port = portIn(rest, program.software);
  return {
    backlogs: [
      {
        software: program.software,
        ...(value === undefined ? {} : { value }),
        ...(port === undefined ? {} : { port }),
      },
    ],
    containers: [],
  };
}

function numberIn(words: readonly string[], { flags, inside }: Program): string | undefined {
  let found: string | undefined;
  words.forEach((word, index) => {
    const argument = flags.includes(word)
      ? words[index + 1]
      : (flags.map((flag) => argumentOf(word, flag, inside)).find((text) => text !== undefined) ??
        argumentOf(word, "", inside));
    if (argument !== undefined) {
      found = /^\d{1,19}$/.test(argument)
        ? argument
        : argument.includes(HOLE) || argument.includes("$")
          ? HOLE
          : found;
    }
  });
  return found;
}

/** What a word holds behind `--flag=`, behind `-f`, or behind a name inside of it. */
function argumentOf(word: string, flag: string, inside: string | undefined): string | undefined {
  if (inside !== undefined) {
    const at = word.indexOf(inside);
    return at < 0 ? undefined : /^[^:]{0,100}/.exec(word.slice(at + inside.length))?.[0];
  }
  if (flag.startsWith("--")) {
    return word.startsWith(`${flag}=`) ? word.slice(flag.length + 1) : undefined;
  }
  return flag !== "" && word.startsWith(flag) && /^\d/.test(word.slice(flag.length))
    ? word.slice(flag.length)
    : undefined;
}

function portIn(words: readonly string[], software: string): number | undefined {
  for (const [index, word] of words.entries()) {
    const attached = /^--(?:port|bind|http-socket|listen)=(.{1,200})$/.exec(word)?.[1];
    const named = /^--(?:port|bind|http-socket)$/.test(word) || (word === "-b" && software !== "memcached") ||
      (word === "-p" && software === "memcached"); // prettier-ignore
    const address = attached ?? (named ? words[index + 1] : /^tcp:(\d{1,5}):/.exec(word)?.[1]);
    const port = portOf(address);
    if (port !== undefined) {
      return port;
    }
  }
  return undefined;
}

function containerSysctls(words: readonly string[]): CommandLineReadings["containers"] {
  return words.flatMap((word, index) => {
    const setting = word === "--sysctl" ? words[index + 1] : /^--sysctl=(.*)$/s.exec(word)?.[1];
    const found = /^(net\.[a-z0-9_.]{1,100})=(.{1,100})$/s.exec(setting ?? "");
    if (found?.[1] === undefined || found[2] === undefined) {
      return [];
    }
    return [{ key: found[1], ...(/[\uE000$]/.test(found[2]) ? {} : { value: found[2] }) }];
  });
}

/** Options of `run` without a value; every other one has one, in the same word or in the next. */
const SWITCHES = /^-(?:[ditPq]+|-(?:detach|interactive|tty|rm|init|privileged|read-only|publish-all|quiet|no-healthcheck|oom-kill-disable|replace|systemd))$/; // prettier-ignore
const PUBLISHES = /^(?:-[ditq]{0,4}p|--publish)$/;
/** The namespace of the host, or one that something else has set up. */
const JOINS = /^(?:host|none|container:.*|ns:.*|\$.*)$/s;

/** The TCP ports of the host that `run` leads into a network namespace of its own; none where that cannot be told. */
function publishedPorts(words: readonly string[]): readonly number[] {
  const run = words.findIndex((word) => word === "run");
  if (run < 1 || run > 2) {
    return [];
  }
  const ports: number[] = [];
  for (let at = run + 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) {
      // The image. What only the shell knows, and what goes on in the next line of a unit, may be more options.
      return /^\w/.test(word) ? ports : [];
    }
    if (SWITCHES.test(word)) {
      continue;
    }
    const attached = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? /^(-p)(.+)$/s.exec(word);
    const option = attached?.[1] ?? word;
    const value = attached?.[2] ?? (/^--|^-[a-z]{1,5}$/.test(word) ? words[++at] : undefined) ?? "";
    if (/^--(?:net|network)$/.test(option) ? JOINS.test(value) || value.includes(HOLE) : option === "--pod") {
      return [];
    }
    if (PUBLISHES.test(option)) {
      ports.push(...publishedBy(value));
    }
  }
  return [];
}
