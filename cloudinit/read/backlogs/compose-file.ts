import { loadYaml, type YamlMap, type YamlNode } from "../../yaml/load";
import { numberOf, portOf } from "./number";
import { publishedBy } from "./published";

/** A service of Compose that has a network namespace of its own, into which ports of the host lead. */
export interface ComposeService {
  /** The TCP ports of the host. */
  readonly ports: readonly number[];
  /** Its net.core.somaxconn; undefined where it is started without it. */
  readonly somaxconn?: string;
  /** Where it is defined; the first one publishes ports. */
  readonly definitions: readonly ComposeDefinition[];
}

/** What one file says of a service. */
export interface ComposeDefinition {
  /** Which of the files, from 0. */
  readonly file: number;
  /** Where it begins in the text, in UTF-16 units. */
  readonly at: number;
  readonly ports: readonly number[];
  readonly somaxconn?: string;
}

type Defined = Omit<ComposeDefinition, "file">;

const COMPOSE = /(?:^|\/)[^/]*compose[^/]*\.ya?ml$/;

/** Whether a file is one of Compose, by its path. */
export function isComposeFile(path: string): boolean {
  return COMPOSE.test(path.toLowerCase());
}

/**
 * The services that files of one folder start, which are one application: an override adds to what the first file says of a service, and
 * may take it back. Left out is what a file that cannot be read, a variable or a profile decides, what uses another network namespace, and
 * what may set the key in its own way: it is nothing that can be held against anybody.
 * @param spend is told of each token, and of each node
 */
export function composeServices(texts: readonly string[], spend: () => void): readonly ComposeService[] {
  const all = new Map<string, (ComposeDefinition | undefined)[]>();
  for (const [file, text] of texts.entries()) {
    const services = servicesIn(text, spend);
    if (services === undefined) {
      return [];
    }
    for (const [name, definition] of services) {
      const others = all.get(name) ?? [];
      others.push(definition && { ...definition, file });
      all.set(name, others);
    }
  }
  return [...all.values()].flatMap(together);
}

/** The services of a file by their names; undefined where it is not known what it says. */
function servicesIn(
  text: string,
  spend: () => void,
): (readonly [name: string, definition: Defined | undefined])[] | undefined {
  const loaded = loadYaml(text, spend);
  if (!loaded.ok) {
    return undefined;
  }
  const file = mapOf(loaded.root);
  const services = file && mapOf(at(file, "services"));
  const ofHost = networksOfHost(file && mapOf(at(file, "networks")));
  return file && at(file, "include") !== undefined
    ? undefined
    : (services?.pairs ?? []).flatMap(([name, node]) => {
        const service = mapOf(node);
        return service === undefined ? [] : [[name.text, definitionIn(service, ofHost)] as const];
      });
}

/** Networks of the file that are none of its own: Swarm has that of the host as an external one of this name. */
function networksOfHost(networks: YamlMap | undefined): readonly string[] {
  return (networks?.pairs ?? []).flatMap(([key, node]) => {
    const network = mapOf(node);
    const external = network && mapOf(at(network, "external"));
    const names = [network, external].map((one) => one && textOf(at(one, "name")));
    const isExternal = network !== undefined && at(network, "external") !== undefined;
    return isExternal && [...names, key.text].some((name) => name === "host" || name === "none")
      ? [key.text]
      : [];
  });
}

function networksOf(service: YamlMap): readonly (string | undefined)[] {
  const networks = at(service, "networks");
  return networks?.kind === "map" ? networks.pairs.map(([key]) => key.text) : itemsOf(networks).map(textOf);
}

/** Which of the files are used, and in which order, the command line says: of several values it is the largest. */
function together(definitions: readonly (ComposeDefinition | undefined)[]): ComposeService[] {
  const known = definitions.filter((definition) => definition !== undefined);
  const ports = [...new Set(known.flatMap((definition) => definition.ports))];
  const values = known.flatMap(({ somaxconn }) => somaxconn ?? []);
  const somaxconn = values.sort((a, b) => Number(b) - Number(a))[0];
  return known.length < definitions.length || ports.length === 0
    ? []
    : [
        {
          ports,
          ...(somaxconn !== undefined && { somaxconn }),
          definitions: known.sort((a, b) => Math.sign(b.ports.length) - Math.sign(a.ports.length)),
        },
      ];
}

/** Undefined where it is not plain in which namespace it listens, and with what. */
function definitionIn(service: YamlMap, ofHost: readonly string[]): Defined | undefined {
  const settings = sysctlsOf(at(service, "sysctls"));
  const somaxconn = settings?.get("net.core.somaxconn");
  const isDecidedElsewhere =
    at(service, "extends") !== undefined ||
    isGiven(at(service, "profiles")) ||
    (at(service, "privileged") !== undefined && flagOf(at(service, "privileged")) !== false);
  const mode = textOf(at(service, "network_mode")) ?? (at(service, "network_mode") ? "?" : "bridge");
  return isDecidedElsewhere ||
    settings === undefined ||
    mode !== "bridge" ||
    networksOf(service).some((network) => network !== undefined && ofHost.includes(network)) ||
    (somaxconn !== undefined && (!/^\d{1,19}$/.test(somaxconn) || numberOf(somaxconn) === undefined)) ||
    (somaxconn === undefined && mentionsSomaxconn(service))
    ? undefined
    : {
        at: service.at,
        ports: [...new Set(itemsOf(at(service, "ports")).flatMap(portsOf))],
        ...(somaxconn !== undefined && { somaxconn }),
      };
}

/** One port of the container alone gets any port of the host. */
function portsOf(node: YamlNode): readonly number[] {
  const long = mapOf(node);
  if (long === undefined) {
    return publishedBy(textOf(node) ?? "");
  }
  const published = textOf(at(long, "published")) ?? "";
  const port = /^\d{1,5}$/.test(published) ? portOf(published) : undefined;
  return port === undefined || (textOf(at(long, "protocol")) ?? "tcp") !== "tcp" ? [] : [port];
}

/** Sysctls as a map, or as a list of `key=value`; undefined where they are neither, or where a variable is in them. */
function sysctlsOf(node: YamlNode | undefined): ReadonlyMap<string, string> | undefined {
  const settings = new Map<string, string>();
  const map = mapOf(node);
  const pairs =
    map === undefined
      ? itemsOf(node).map((item) => (textOf(item) ?? "$").split("=", 2))
      : map.pairs.map(([key, value]) => [key.text, textOf(value) ?? "$"]);
  if (node !== undefined && map === undefined && node.kind !== "list" && textOf(node) !== "") {
    return undefined;
  }
  for (const [key = "", value = "$"] of pairs) {
    if (key.includes("$") || value.includes("$")) {
      return undefined;
    }
    settings.set(key.trim(), value.trim());
  }
  return settings;
}

/** Whether its command, or anything else of it, names the key: it may set it in its own way. */
function mentionsSomaxconn(node: YamlNode): boolean {
  switch (node.kind) {
    case "map":
      return node.pairs.some(([key, value]) => key.text.includes("somaxconn") || mentionsSomaxconn(value));
    case "list":
      return node.items.some(mentionsSomaxconn);
    default:
      return node.text.includes("somaxconn");
  }
}

function mapOf(node: YamlNode | undefined): YamlMap | undefined {
  return node?.kind === "map" ? node : undefined;
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === "list" ? node.items : [];
}

/** Whether there is anything, such as a profile: an empty list has none. */
function isGiven(node: YamlNode | undefined): boolean {
  return node !== undefined && (node.kind !== "list" || node.items.length > 0);
}

function flagOf(node: YamlNode | undefined): boolean | undefined {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** Of equal keys the last one holds. */
function at(map: YamlMap, name: string): YamlNode | undefined {
  return map.pairs.filter(([key]) => key.kind === "scalar" && key.value === name).at(-1)?.[1];
}

/** A text or a number as it is written; nothing as an empty text. */
function textOf(node: YamlNode | undefined): string | undefined {
  if (node?.kind !== "scalar") {
    return undefined;
  }
  return typeof node.value === "string" ? node.value : node.value === null ? "" : node.text;
}
