import type { Rule } from "./rule";

export const syncookiesProtectProduction: Rule = {
  id: "syncookies-protect-production",
  severity: "warning",
  title: "tcp_syncookies is 1 in production",
  why: "With 0, a flood of SYNs from forged addresses fills the SYN queue and shuts everybody out. With 2, every connection goes by a cookie, and may lose window scaling and SACK: the kernel offers it for tests.",
  judge: ({ platform, tcpSyncookies }) =>
    tcpSyncookies === 1 || platform.environment === "test"
      ? []
      : [
          {
            subject: "settings.tcpSyncookies",
            wanted: "1",
            got: String(tcpSyncookies),
            cause:
              tcpSyncookies === 0
                ? "Without cookies, a SYN flood fills the SYN queue, and the SYNs of real clients are dropped."
                : "With 2, every connection is set up by a cookie, as only a test should have it.",
            fix: "set settings.tcpSyncookies: 1, or leave it out",
          },
        ],
};
