import { Client, type ConnectConfig } from "ssh2";

/** What a command on a host did. */
export interface SessionResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One login on a host, kept open: a handshake for each of many commands is what would take the time of a test. */
export class FaultSession {
  private client: Promise<Client> | undefined;

  constructor(
    private readonly address: string,
    private readonly username: string,
    private readonly privateKey: string,
    private readonly hostKey: string,
  ) {}

  /** Runs a command in the user's shell, with this on its standard input. */
  async run(command: string, input = ""): Promise<SessionResult> {
    const client = await (this.client ??= this.connect());
    return new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let code: number | undefined;
        const said = { stdout: "", stderr: "" };
        channel.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
        channel.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
        channel.on("exit", (status: number | null) => (code = status ?? undefined));
        // A command need not read its input; how it ended is what counts.
        channel.on("error", (broken: Error) => (said.stderr += broken.message));
        channel.once("close", () => resolve({ code, ...said }));
        channel.end(input);
      });
    });
  }

  close(): void {
    const open = this.client;
    this.client = undefined;
    void open?.then((client) => client.end());
  }

  private connect(): Promise<Client> {
    const client = new Client();
    const { address: host, username, privateKey } = this;
    const pinned = Buffer.from(this.hostKey.split(" ")[1] ?? "", "base64");
    const hostVerifier = (shown: Buffer) => shown.equals(pinned);
    const config: ConnectConfig = { host, username, privateKey, hostVerifier };
    return new Promise((resolve, reject) => {
      client.once("ready", () => resolve(client));
      client.once("error", reject);
      client.once("close", () => (this.client = undefined));
      client.connect({ ...config, algorithms: { serverHostKey: ["ssh-ed25519"] } });
    });
  }
}
