import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";

/** Refuses what takes the protection against SYN floods away. */
export const synFloodProtection: PolicyDefinition = {
  name: "syn-flood-protection",
  displayName: "SYN floods do not shut everybody out",
  description: "SYN cookies are on, or the SYN queue is long enough without them.",
  level: "mandatory",
  severity: "high",
  cause:
    "tcp_syncookies is 0, or is 2 outside tests; or tcp_max_syn_backlog is too small for the backlog while cookies are off.",
  why: "Without cookies, SYNs from forged addresses fill the SYN queue and shut everybody out. With 2 every connection goes by a cookie, which the kernel offers for tests.",
  remediationSteps: "Set net.ipv4.tcp_syncookies to 1, or leave it out: 1 is the kernel's default.",
  tags: ["security"],
  rules: ["syncookies-protect-production", "max-syn-backlog-covers-backlog"],
  example: {
    before: instance(tuned("net.ipv4.tcp_syncookies = 0")),
    after: instance(tuned("net.ipv4.tcp_syncookies = 1")),
  },
};
