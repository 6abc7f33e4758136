import { kernelAtLeast, synQueueBound } from "../kernel";
import { INT_MAX } from "../kernel/check";
import type { Rule } from "./rule";

/** Kernels before 4.3 had a SYN table for each listener, whose size came from tcp_max_syn_backlog under any setting. */
const LOOKED_AT_ALWAYS_BEFORE = "4.3";

export const maxSynBacklogTakesEffect: Rule = {
  id: "max-syn-backlog-takes-effect",
  severity: "warning",
  title: "tcp_max_syn_backlog is not relied on while SYN cookies are on",
  why: "The kernel looks at tcp_max_syn_backlog only while tcp_syncookies is 0. Otherwise the effective backlog of the listener bounds its SYN queue, and nothing else does.",
  judge: ({ platform, tcpSyncookies, tcpMaxSynBacklog }) => {
    if (tcpMaxSynBacklog === undefined || !kernelAtLeast(platform.kernel, LOOKED_AT_ALWAYS_BEFORE)) {
      return [];
    }
    // Asked of a listener that nothing else bounds.
    const bound = synQueueBound({ effective: INT_MAX, tcpSyncookies, tcpMaxSynBacklog });
    return bound.limitedBy === "tcp_max_syn_backlog"
      ? []
      : [
          {
            subject: "settings.tcpMaxSynBacklog",
            wanted: "tcp_syncookies 0, or no tcp_max_syn_backlog",
            got: `${tcpMaxSynBacklog} with tcp_syncookies ${tcpSyncookies}`,
            cause: `The kernel looks at tcp_max_syn_backlog only while tcp_syncookies is 0; the SYN queue is bounded by ${bound.limitedBy === "effective backlog" ? "the effective backlog of each listener" : bound.limitedBy}.`,
            fix: "leave settings.tcpMaxSynBacklog out; a longer SYN queue comes with a larger backlog",
          },
        ];
  },
};
