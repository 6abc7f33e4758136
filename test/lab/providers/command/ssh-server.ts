import { once } from "node:events";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";

import { Server } from "ssh2";
import type { AuthContext, ServerChannel, Session } from "ssh2";
import { onTestFinished } from "vitest";

import { generateHostKey } from "../../../../components/host-key";

export interface Received {
  readonly commands: string[];
  readonly environment: Record<string, string>;
  /** Connections that are open now. */
  open: number;
  /** Connections that there have been. */
  total: number;
}

export interface SshServer {
  readonly port: number;
  /** Its key as the argument `hostKey`. */
  readonly hostKey: string;
  readonly received: Received;
  /** Resolves when all connections are closed. */
  readonly idle: () => Promise<void>;
}

export interface Behaviour {
  /** Answers a command; by default it exits with 0. */
  readonly run?: (channel: ServerChannel, command: string) => void;
  /** The variables that are accepted. */
  readonly acceptEnv?: readonly string[];
  /** Who gets in; by default everybody. */
  readonly login?: (context: AuthContext) => boolean;
}

/** A new key pair in the forms that a connection takes. */
export function generateKey(): { private: string; public: string } {
  // Not with ssh2's own generator: one in some hundred of its ed25519 keys is malformed.
  const { privateKey, publicKey } = generateHostKey();
  return { private: privateKey, public: publicKey };
}

/** An SSH server in this process, on a free port of the loopback, until the test is over. */
export async function sshServer(behaviour: Behaviour = {}): Promise<SshServer> {
  const { run, acceptEnv = [], login = () => true } = behaviour;
  const key = generateKey();
  const received: Received = { commands: [], environment: {}, open: 0, total: 0 };
  const server = new Server({ hostKeys: [key.private] }, (client) => {
    received.open++;
    received.total++;
    // Clients of these tests go without a word.
    client.on("error", () => undefined);
    client.on("close", () => {
      received.open--;
      server.emit("closed");
    });
    client.on("authentication", (context) =>
      login(context) ? context.accept() : context.reject(["publickey", "password"]),
    );
    client.on("session", (accept) => serve(accept()));
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const socket = connect(destPort, destIP);
      socket.once("error", () => reject());
      socket.once("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined);
        socket.on("error", () => undefined);
        channel.pipe(socket).pipe(channel);
      });
    });
  });
  const serve = (session: Session): void => {
    session.on("env", (accept, reject, { key: name, val }) => {
      // Without a wish for an answer there is nobody to tell, as with the library's own client.
      const answer = (acceptEnv.includes(name) ? accept : reject) as (() => void) | undefined;
      if (acceptEnv.includes(name)) {
        received.environment[name] = val;
      }
      answer?.();
    });
    session.on("exec", (accept, _reject, { command }) => {
      received.commands.push(command);
      const channel = accept();
      if (run) {
        run(channel, command);
      } else {
        channel.exit(0);
        channel.end();
      }
    });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: key.public,
    received,
    idle: async () => {
      while (received.open > 0) {
        await once(server, "closed");
      }
    },
  };
}
