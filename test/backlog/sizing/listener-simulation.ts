/** One client: when its SYN arrives, and when its final ACK would. */
export interface Client {
  readonly synAt: number;
  readonly ackAt: number;
}

export interface SimulatedListener {
  readonly backlog: number;
  /** Connections per second that the application accepts outside the stall. */
  readonly acceptRate: number;
  readonly stallFrom: number;
  readonly stallUntil: number;
}

export interface Outcome {
  /** SYNs and final ACKs that found a queue full. */
  readonly overflows: number;
  readonly longestAcceptQueue: number;
  readonly longestSynQueue: number;
  /** For each accepted connection, in order, when accept() returned it. */
  readonly acceptedAt: readonly number[];
}

/**
 * Plays a listener event by event, knowing nothing of any formula: a SYN enters the SYN queue unless one of the two
 * queues is longer than the backlog; a final ACK moves it to the accept queue unless that is longer than the backlog;
 * the application takes the oldest connection, needs 1 / acceptRate for it, and takes none during the stall.
 * At equal times the application acts first, then ACKs, then SYNs. With instant handshakes a SYN and its ACK are one event.
 */
export function simulate(listener: SimulatedListener, clients: readonly Client[]): Outcome {
  const events = clients
    .flatMap((client) => [
      { at: client.synAt, kind: "syn" as const, client },
      { at: client.ackAt, kind: "ack" as const, client },
    ])
    .sort((a, b) => a.at - b.at || rank(a.kind, a.client) - rank(b.kind, b.client));

  const halfOpen = new Set<Client>();
  const acceptedAt: number[] = [];
  let acceptQueue = 0;
  let applicationFree = -Infinity;
  let overflows = 0;
  let longestAcceptQueue = 0;
  let longestSynQueue = 0;

  const mayAcceptAt = (now: number) =>
    now >= listener.stallFrom && now < listener.stallUntil ? listener.stallUntil : now;
  const acceptUntil = (now: number, queuedSince: number) => {
    while (acceptQueue > 0) {
      const at = mayAcceptAt(Math.max(applicationFree, queuedSince));
      if (at > now) {
        return;
      }
      acceptQueue--;
      acceptedAt.push(at);
      applicationFree = at + 1 / listener.acceptRate;
    }
  };

  let lastChange = -Infinity;
  for (const { at, kind, client } of events) {
    acceptUntil(at, lastChange);
    if (kind === "syn") {
      if (halfOpen.size > listener.backlog || acceptQueue > listener.backlog) {
        overflows++;
      } else {
        halfOpen.add(client);
        longestSynQueue = Math.max(longestSynQueue, halfOpen.size);
      }
    } else if (halfOpen.delete(client)) {
      if (acceptQueue > listener.backlog) {
        overflows++;
      } else {
        // An application that waits in accept() takes it at once: nobody ever sees it in the queue.
        acceptQueue++;
        lastChange = at;
        longestAcceptQueue = Math.max(longestAcceptQueue, acceptQueue);
        acceptUntil(at, at);
      }
    }
  }
  acceptUntil(Infinity, lastChange);
  return { overflows, longestAcceptQueue, longestSynQueue, acceptedAt };
}

/** ACKs free a place before a SYN of the same moment asks for one; an instant handshake is SYN, then ACK. */
function rank(kind: "syn" | "ack", client: Client): number {
  if (client.synAt === client.ackAt) {
    return kind === "syn" ? 1 : 2;
  }
  return kind === "ack" ? 0 : 3;
}
