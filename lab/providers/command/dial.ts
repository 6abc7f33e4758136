import { connect, createConnection } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { Client } from "ssh2";
import type { AnyAuthMethod, AuthHandlerMiddleware, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";

import { ProviderError } from "../rpc/provider";
import type { Connection, Endpoint } from "./connection";
import { readHostKey } from "./host-key";
import type { HostKey } from "./host-key";
import { readPrivateKey } from "./private-key";
import { dialWithRetry } from "./retry";

export interface DialContext {
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
  readonly env: NodeJS.ProcessEnv;
}

/** A logged-in SSH connection. */
export interface Dialed {
  readonly client: Client;
  /** Ends it, and the bastion's if there is one. */
  readonly close: () => void;
}

/** How to log in somewhere, with everything read that can be wrong without dialling. */
interface Login {
  readonly endpoint: Endpoint;
  readonly hostKey: HostKey | undefined;
  readonly methods: readonly AnyAuthMethod[];
}

/**
 * Connects to a host, retrying as the connection says.
 *
 * @throws ProviderError at once for keys that cannot be read; after the last failed dial with its reason.
 */
export async function dial(connection: Connection, context: DialContext): Promise<Dialed> {
  const login = await prepare(connection, context.env);
  const { signal, note } = context;
  const { proxy, dialErrorLimit: limit } = connection;
  if (!proxy) {
    const client = await dialWithRetry({ what: "Dial", limit, signal, note }, async () =>
      handshake(login, await tcp(connection, signal), signal),
    );
    return { client, close: () => client.end() };
  }
  return aboutProxy(async () => {
    const proxyLogin = await prepare(proxy, context.env);
    const bastion = await dialWithRetry(
      { what: "Dial proxy", limit: proxy.dialErrorLimit, signal, note },
      async () => handshake(proxyLogin, await tcp(proxy, signal), signal),
    );
    try {
      // The real provider keeps a tunnel whose far end has failed and can only fail again; here each try gets a new one.
      const client = await dialWithRetry({ what: "Dial from proxy", limit, signal, note }, async () =>
        handshake(login, await tunnel(bastion, connection), signal),
      );
      const close = (): void => {
        client.end();
        bastion.end();
      };
      return { client, close };
    } catch (error) {
      bastion.end();
      throw error;
    }
  });
}

async function aboutProxy<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ProviderError
      ? new ProviderError(`proxy: ${error.message}`, { cause: error })
      : error;
  }
}

async function prepare(endpoint: Endpoint, env: NodeJS.ProcessEnv): Promise<Login> {
  const { user: username, password, privateKey, privateKeyPassword } = endpoint;
  const hostKey = endpoint.hostKey === undefined ? undefined : readHostKey(endpoint.hostKey);
  const methods: AnyAuthMethod[] = [];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: readPrivateKey(privateKey, privateKeyPassword) });
  }
  if (password !== undefined) {
    methods.push(
      { type: "password", username, password },
      {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
      },
    );
  }
  const agent = endpoint.agentSocketPath ?? (env["SSH_AUTH_SOCK"] || undefined);
  if (agent !== undefined) {
    await requireAgent(agent);
    methods.push({ type: "agent", username, agent });
  }
  return { endpoint, hostKey, methods: methods.length > 0 ? methods : [{ type: "none", username }] };
}

/** The real provider connects to the agent before anything else, and fails when there is none. */
async function requireAgent(socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) =>
      reject(new ProviderError(`dial unix ${socketPath}: ${reason(error)}`, { cause: error })),
    );
  });
}

/** Opens a TCP connection within the endpoint's limit. */
async function tcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { host, port, perDialTimeout } = endpoint;
  const where = `dial tcp ${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise<Socket>((resolve, reject) => {
    const socket = createConnection({ host, port });
    const fail = (message: string, cause?: unknown): void => {
      finish();
      socket.destroy();
      reject(new ProviderError(`${where}: ${message}`, { cause }));
    };
    const cancel = (): void => fail("operation was canceled");
    const timer =
      perDialTimeout > 0 ? setTimeout(() => fail("i/o timeout"), perDialTimeout * 1000) : undefined;
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    };
    signal.addEventListener("abort", cancel, { once: true });
    socket.once("error", (error) => fail(reason(error), error));
    socket.once("connect", () => {
      finish();
      socket.removeAllListeners("error");
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** A connection from the bastion to the host. */
async function tunnel(bastion: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(
        new ProviderError(`ssh: rejected: ${error.message.replace(/^\(SSH\) Channel open failure: /, "")}`),
      );
    try {
      bastion.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
        error ? failed(error) : resolve(stream),
      );
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** Agrees on keys, checks the host's and logs in. The stream is closed when it fails. */
async function handshake(login: Login, sock: Duplex, signal: AbortSignal): Promise<Client> {
  const { endpoint, hostKey, methods } = login;
  const client = new Client();
  let mismatch = false;
  const config: ConnectConfig = {
    sock,
    username: endpoint.user,
    // The real provider limits only the TCP connection and would wait for ever for a server that stays silent.
    readyTimeout: endpoint.perDialTimeout * 1000,
    hostVerifier: (key: Buffer) => {
      mismatch = hostKey !== undefined && !key.equals(hostKey.blob);
      return !mismatch;
    },
    authHandler: tryInTurn(methods),
    ...(hostKey ? { algorithms: { serverHostKey: [hostKey.type as ServerHostKeyAlgorithm] } } : {}),
  };
  return new Promise<Client>((resolve, reject) => {
    const fail = (message: string, cause?: unknown): void => {
      signal.removeEventListener("abort", cancel);
      client.removeAllListeners();
      // What a dying connection still has to say is known already.
      client.on("error", () => undefined);
      client.destroy();
      sock.destroy();
      reject(new ProviderError(message, { cause }));
    };
    const cancel = (): void => fail("operation was canceled");
    signal.addEventListener("abort", cancel, { once: true });
    client.once("ready", () => {
      signal.removeEventListener("abort", cancel);
      client.removeAllListeners();
      resolve(client);
    });
    client.once("error", (error) =>
      fail(
        mismatch ? "ssh: handshake failed: ssh: host key mismatch" : explain(error, hostKey, methods),
        error,
      ),
    );
    client.once("close", () => fail("ssh: handshake failed: EOF"));
    try {
      client.connect(config);
    } catch (error) {
      fail(`ssh: handshake failed: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  });
}

/** Offers the methods one after the other; the library leaves out what the server does not take. */
function tryInTurn(methods: readonly AnyAuthMethod[]): AuthHandlerMiddleware {
  const left = [...methods];
  return (accepted, _partial, next) => {
    // Before the first method the server has not said yet what it takes.
    const known = accepted as typeof accepted | null;
    let method = left.shift();
    while (method && known && !known.includes(method.type === "agent" ? "publickey" : method.type)) {
      method = left.shift();
    }
    next((method ?? false) as AnyAuthMethod);
  };
}

/** The library's errors in the words of Go's, which the real provider shows. */
function explain(
  error: Error & { level?: string },
  hostKey: HostKey | undefined,
  methods: readonly AnyAuthMethod[],
): string {
  if (error.level === "client-authentication") {
    const tried = [
      ...new Set(["none", ...methods.map(({ type }) => (type === "agent" ? "publickey" : type))]),
    ];
    return (
      `ssh: handshake failed: ssh: unable to authenticate, attempted methods [${tried.join(" ")}], ` +
      "no supported methods remain"
    );
  }
  if (error.level === "client-timeout") {
    return "ssh: handshake failed: i/o timeout";
  }
  if (hostKey && error.message.includes("no matching host key format")) {
    return `ssh: handshake failed: ssh: no common algorithm for host key; client offered: [${hostKey.type}]`;
  }
  return `ssh: handshake failed: ${error.message}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ENOENT: "connect: no such file or directory",
  ENOTFOUND: "no such host",
  ETIMEDOUT: "connect: connection timed out",
};

function reason(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ""] ?? error.message;
}
