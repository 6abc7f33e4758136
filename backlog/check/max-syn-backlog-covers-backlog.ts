import { synQueueBound } from "../kernel";
import { INT_MAX } from "../kernel/check";
import type { Rule } from "./rule";
import { smallestWhere } from "./search";
import { isOnHost, type JudgedService } from "./situation";

/** What the kernel computes for a machine with little memory, and no less for any. */
const LEAST_COMPUTED = 128;

/** One finding for all services: they share the setting. */
export const maxSynBacklogCoversBacklog: Rule = {
  id: "max-syn-backlog-covers-backlog",
  severity: "warning",
  title: "Without SYN cookies, tcp_max_syn_backlog is large enough for the largest effective backlog",
  why: "With tcp_syncookies 0, a listener holds half-open connections of new peers only up to three quarters of tcp_max_syn_backlog. More are dropped while the accept queue has room, and only ListenDrops counts them.",
  judge: ({ services, platform, tcpSyncookies, tcpMaxSynBacklog }) => {
    const largest = services.filter(isOnHost).reduce<JudgedService | undefined>(larger, undefined);
    if (tcpSyncookies !== 0 || largest === undefined) {
      return [];
    }
    if (tcpMaxSynBacklog === undefined && platform.environment !== "test") {
      return []; // What is wrong there is that cookies are off in production.
    }
    const m = tcpMaxSynBacklog ?? LEAST_COMPUTED;
    const { effective } = largest;
    const bound = (n: number) => synQueueBound({ effective, tcpSyncookies, tcpMaxSynBacklog: n });
    if (bound(m).limitedBy !== "tcp_max_syn_backlog") {
      return [];
    }
    const enough = smallestWhere(1, INT_MAX, (n) => bound(n).limitedBy === "effective backlog");
    return [
      {
        subject: "settings.tcpMaxSynBacklog",
        wanted: `a SYN queue for the effective backlog ${effective} of ${largest.name}`,
        got:
          tcpMaxSynBacklog === undefined
            ? `not set: computed from the memory of the machine, ${m} at least, which holds ${bound(m).held}`
            : `${m}, which holds ${bound(m).held}`,
        cause:
          "With tcp_syncookies 0, the last quarter of tcp_max_syn_backlog is kept for peers with a history.",
        fix:
          enough === undefined
            ? "set settings.tcpSyncookies: 1; no tcp_max_syn_backlog is large enough"
            : `set settings.tcpMaxSynBacklog: ${enough}, or settings.tcpSyncookies: 1`,
      },
    ];
  },
};

function larger(most: JudgedService | undefined, service: JudgedService): JudgedService {
  return most === undefined || service.effective > most.effective ? service : most;
}
