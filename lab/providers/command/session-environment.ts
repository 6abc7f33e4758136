import type { Client } from "ssh2";

/** The parts of an SSH client that its type does not show. */
interface Internals {
  readonly _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  readonly _chanMgr: {
    readonly _channels: Readonly<
      Record<string, { outgoing: { id: number }; _callbacks: ((failed: boolean) => void)[] } | undefined>
    >;
  };
}

/**
 * Makes the client ask for an answer to each environment variable, and hold the command back until all are in.
 *
 * The library sends variables without asking, so that nobody learns that the server drops them (it does, unless AcceptEnv
 * lists them). The real provider does ask, and does not run the command then; the library has no public way to.
 *
 * @param decide gets the names that the server refused; the command is sent if it returns true.
 */
export function withEnvironmentReplies(
  client: Client,
  decide: (refused: readonly string[]) => boolean,
): void {
  const { _protocol: protocol, _chanMgr: manager } = client as unknown as Internals;
  const sendEnvironment = protocol.env.bind(protocol);
  const sendCommand = protocol.exec.bind(protocol);
  const refused: string[] = [];
  let waiting = 0;
  let send: (() => void) | undefined;
  const settle = (): void => {
    if (waiting === 0 && send && decide(refused)) {
      send();
    }
  };
  protocol.env = (id, name, value) => {
    const channel = Object.values(manager._channels).find((each) => each?.outgoing.id === id);
    if (!channel) {
      throw new Error("the SSH library has changed: no channel for an environment variable");
    }
    waiting++;
    // Answers come in the order of the questions.
    channel._callbacks.push((failed) => {
      waiting--;
      if (failed) {
        refused.push(name);
      }
      settle();
    });
    sendEnvironment(id, name, value, true);
  };
  protocol.exec = (id, command, wantReply) => {
    send = () => sendCommand(id, command, wantReply);
    settle();
  };
}
