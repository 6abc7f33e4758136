import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What one connection is met with. */
export type Meeting = (socket: Socket) => void;

/** A server on loopback that meets every connection badly. */
export class FaultSshd {
  private readonly sockets = new Set<Socket>();
  /** How many connections came. */
  connections = 0;

  private constructor(private readonly server: Server) {}

  static async start(meet: Meeting): Promise<FaultSshd> {
    const server = createServer();
    const fault = new FaultSshd(server);
    server.on("connection", (socket) => {
      fault.connections++;
      fault.sockets.add(socket);
      socket.once("close", () => fault.sockets.delete(socket));
      // Whoever is met like this hangs up in the middle.
      socket.on("error", () => socket.destroy());
      meet(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return fault;
  }

  /** Lets as many servers as this wait with what they do until each of them has been dialled. */
  static together(servers: number): (meet: Meeting) => Meeting {
    const waiting: (() => void)[] = [];
    let dialled = 0;
    return (meet) => {
      let first = true;
      return (socket) => {
        dialled += first ? 1 : 0;
        first = false;
        waiting.push(() => meet(socket));
        if (dialled >= servers) {
          waiting.splice(0).forEach((go) => go());
        }
      };
    };
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Many who have connected to a server and do not log in. */
export class FaultCrowd {
  private readonly sockets: Socket[] = [];
  /** How many had to try. */
  attempts = 0;

  /** Lets so many in, one after the other: who is turned away tries again. */
  static async enter(address: string, port: number, size: number): Promise<FaultCrowd> {
    const crowd = new FaultCrowd();
    while (crowd.sockets.length < size) {
      await crowd.attempt(address, port);
    }
    return crowd;
  }

  leave(): void {
    this.sockets.forEach((socket) => socket.destroy());
  }

  /** Who is told the server's version is in. */
  private attempt(address: string, port: number): Promise<void> {
    this.attempts++;
    const socket = connect(port, address);
    return new Promise((resolve) => {
      socket.on("error", () => resolve());
      socket.once("close", () => resolve());
      socket.once("data", (said: Buffer) => {
        if (said.toString().startsWith("SSH-")) {
          this.sockets.push(socket);
        }
        resolve();
      });
    });
  }
}

const VERSION = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n";
const FLOOD = 10_000_000;

/** Accepts, and closes at once. */
export const closes: Meeting = (socket) => socket.end();

/** Accepts, and says nothing. */
export const hangs: Meeting = (socket) => socket.resume();

/** Says what it is, and nothing more. */
export const hangsAfterVersion: Meeting = (socket) => {
  socket.resume();
  socket.write(VERSION);
};

/** Sends 10 MB where its version should stand, on one line. */
export const floods: Meeting = (socket) => {
  socket.resume();
  socket.end(Buffer.alloc(FLOOD, "A"));
};

/** Sends its version, and then 10 MB that are no packet. */
export const floodsAfterVersion: Meeting = (socket) => {
  socket.resume();
  socket.end(VERSION + "A".repeat(FLOOD));
};

/** Sends 10 MB of the lines that a server may send before its version. */
export const floodsLines: Meeting = (socket) => {
  socket.resume();
  socket.end("please wait\r\n".repeat(FLOOD / 13));
};

/** A real server, behind a way that takes its time for each piece of an answer. Milliseconds. */
export function slow(address: string, port: number, delay: number): Meeting {
  return (socket) => {
    const server = connect(port, address);
    const end = () => {
      socket.destroy();
      server.destroy();
    };
    server.on("error", end).on("close", end);
    socket.on("close", end).pipe(server);
    let last = Promise.resolve();
    server.on("data", (chunk: Buffer) => {
      last = last.then(async () => {
        await sleep(delay);
        socket.write(chunk);
      });
    });
  };
}
