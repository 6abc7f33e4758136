import type { Reading } from "./subjects";

/** What other resources of the stack, as far as they have been seen, do for one that does not decide by itself. */
export interface Surroundings {
  /** Of each key the most that the user data of a server, or another command, sets at every boot. */
  readonly persisted: ReadonlyMap<string, number>;
  /** Whether there are nodes of GKE, which hand the settings of their pool on to their pods. */
  readonly hasGkeNodes: boolean;
  /** The most that one of these pools sets as somaxconn; undefined if none does. */
  readonly gkeSomaxconn?: number;
}

export const NOTHING_AROUND: Surroundings = { persisted: new Map(), hasGkeNodes: false };

/** The keys of which more is enough. Of cookies, no number is more than another. */
const KEYS = ["net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog"];

/**
 * Collects {@link Surroundings} from the resources of a preview or update. The engine shows them one by one, and what comes later is
 * not among them: so nothing is refused because of what is not there, only left unsaid because of what is.
 */
export class Surveyor {
  private readonly persisted = new Map<string, number>();
  private hasGkeNodes = false;
  private gkeSomaxconn: number | undefined;
  private changes = 0;

  /** What has been seen so far. */
  get surroundings(): Surroundings {
    const { persisted, hasGkeNodes, gkeSomaxconn } = this;
    return { persisted, hasGkeNodes, gkeSomaxconn };
  }

  /** Another number whenever more has been seen than before. */
  get version(): number {
    return this.changes;
  }

  /** Takes note of what a resource does for others. */
  see(reading: Reading): void {
    if ("notApplicable" in reading) {
      return;
    }
    for (const { dialect, host } of reading.subjects) {
      if (host === undefined) {
        continue;
      }
      for (const { key, value } of dialect === "sysctl.d" ? host.persisted : []) {
        if (KEYS.includes(key) && isMore(value, this.persisted.get(key))) {
          this.persisted.set(key, Number(value));
          this.changes++;
        }
      }
      if (dialect === "gke") {
        this.seePool(host.live.find(({ key }) => key === "net.core.somaxconn")?.value);
      }
    }
  }

  private seePool(somaxconn: string | undefined): void {
    if (!this.hasGkeNodes) {
      this.hasGkeNodes = true;
      this.changes++;
    }
    if (somaxconn !== undefined && isMore(somaxconn, this.gkeSomaxconn)) {
      this.gkeSomaxconn = Number(somaxconn);
      this.changes++;
    }
  }
}

/** Whether a value is a number that is more than the one that is known, if any. */
function isMore(value: string, known: number | undefined): boolean {
  return /^\d{1,10}$/.test(value) && (known === undefined || Number(value) > known);
}
