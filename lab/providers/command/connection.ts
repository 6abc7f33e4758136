import { hidden, record, text, whole } from "../rpc/shape";
import type { Shape } from "../rpc/shape";
import { isProperties } from "../rpc/value";
import type { Value } from "../rpc/value";

/** One server to log in to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly hostKey?: string;
  /** Failed dials that are forgiven; -1 for any number. */
  readonly dialErrorLimit: number;
  /** Seconds for each dial; 0 for no limit. */
  readonly perDialTimeout: number;
}

/** The way to a host: straight, or through one bastion. */
export interface Connection extends Endpoint {
  readonly proxy?: Endpoint;
}

const DEFAULT_USER = "root";
const DEFAULT_PORT = 22;
const DEFAULT_DIAL_ERROR_LIMIT = 10;
const DEFAULT_PER_DIAL_TIMEOUT = 15;

const LARGEST = 2 ** 31 - 1;

const endpoint: Readonly<Record<string, Shape>> = {
  host: text((host) => (host.trim() === "" ? "must name a host" : undefined)),
  port: whole(1, 65_535),
  user: text(),
  password: text(),
  privateKey: text(),
  privateKeyPassword: text(),
  agentSocketPath: text(),
  hostKey: text(),
  dialErrorLimit: whole(-1, LARGEST),
  perDialTimeout: whole(0, LARGEST),
};

const proxy = record({ owner: "connection.proxy", known: endpoint, required: ["host"] });

/** No message ever shows a value of a connection: the real provider prints the private key with the name of an unknown field. */
export const connectionShape: Shape = hidden(
  record({ owner: "connection", known: { ...endpoint, proxy }, required: ["host"] }),
);

/** Reads a connection that has the right shape, and fills in what is not given. */
export function readConnection(value: Value | undefined): Connection {
  if (!isProperties(value)) {
    throw new Error("the connection was not checked");
  }
  const via = value["proxy"];
  return { ...readEndpoint(value), ...(isProperties(via) ? { proxy: readEndpoint(via) } : {}) };
}

function readEndpoint(value: { readonly [name: string]: Value }): Endpoint {
  const string = (name: string): string | undefined => {
    const given = value[name];
    return typeof given === "string" ? given : undefined;
  };
  const number = (name: string, otherwise: number): number => {
    const given = value[name];
    return typeof given === "number" ? given : otherwise;
  };
  return {
    host: string("host") ?? "",
    port: number("port", DEFAULT_PORT),
    user: string("user") ?? DEFAULT_USER,
    password: string("password"),
    privateKey: string("privateKey"),
    privateKeyPassword: string("privateKeyPassword"),
    agentSocketPath: string("agentSocketPath"),
    hostKey: string("hostKey"),
    dialErrorLimit: number("dialErrorLimit", DEFAULT_DIAL_ERROR_LIMIT),
    perDialTimeout: number("perDialTimeout", DEFAULT_PER_DIAL_TIMEOUT),
  };
}
