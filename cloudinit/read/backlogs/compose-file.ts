import { loadYaml, type YamlMap, type YamlNode } from "../../yaml/load";
import { numberOf, portOf } from "./number";

/** A service of a Compose file that has a network namespace of its own, into which ports of the host lead. */
export interface ComposeService {
  /** Where it begins in the text, in UTF-16 units. */
  readonly at: number;
  /** The TCP ports of the host. */
  readonly ports: readonly number[];
  /** Its net.core.somaxconn; undefined where it is started without it. */
  readonly somaxconn?: string;
}

const COMPOSE = /(?:^|\/)[^/]*compose[^/]*\.ya?ml$/;

/** Whether a file is one of Compose, by its path. */
export function isComposeFile(path: string): boolean {
  return COMPOSE.test(path.toLowerCase());
}

/**
 * The services of a Compose file that are started with it as it stands. Left out is what another file, a variable or a profile decides,
 * what uses another network namespace, and what may set the key in its own way: it is nothing that can be held against anybody.
 * @param spend is told of each token, and of each node
 */
export function composeServices(text: string, spend: () => void): readonly ComposeService[] {
  const loaded = loadYaml(text, spend);
  const file = loaded.ok ? mapOf(loaded.root) : undefined;
  const services = file && mapOf(at(file, "services"));
  return services === undefined || (file && at(file, "include") !== undefined)
    ? []
    : services.pairs.flatMap(([, node]) => {
        const service = mapOf(node);
        return service === undefined ? [] : serviceOf(service);
      });
}

function serviceOf(service: YamlMap): ComposeService[] {
  const isDecidedElsewhere = ["extends", "profiles", "privileged"].some((name) => at(service, name));
  const ports = [...new Set(itemsOf(at(service, "ports")).flatMap(portsOf))];
  const settings = sysctlsOf(at(service, "sysctls"));
  const somaxconn = settings?.get("net.core.somaxconn");
  const mode = textOf(at(service, "network_mode")) ?? (at(service, "network_mode") ? "?" : "bridge");
  return isDecidedElsewhere ||
    ports.length === 0 ||
    settings === undefined ||
    mode !== "bridge" ||
    (somaxconn !== undefined && (!/^\d{1,19}$/.test(somaxconn) || numberOf(somaxconn) === undefined)) ||
    (somaxconn === undefined && mentionsSomaxconn(service))
    ? []
    : [{ at: service.at, ports, ...(somaxconn !== undefined && { somaxconn }) }];
}

/** Ports as `8080:80`, `127.0.0.1:8080:80/tcp`, or `published: 8080`. One of the container alone gets any port of the host. */
function portsOf(node: YamlNode): number[] {
  const long = mapOf(node);
  const protocol = long && (textOf(at(long, "protocol")) ?? "tcp");
  const published =
    long === undefined
      ? /(?:^|:)(\d{1,5}):\d{1,5}(?:\/tcp)?$/.exec(textOf(node) ?? "")?.[1]
      : protocol === "tcp"
        ? textOf(at(long, "published"))
        : undefined;
  const port = /^\d{1,5}$/.test(published ?? "") ? portOf(published) : undefined;
  return port === undefined ? [] : [port];
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
