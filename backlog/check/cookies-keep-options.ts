import type { Rule } from "./rule";
import { declaredSetting } from "./situation";

export const cookiesKeepOptions: Rule = {
  id: "cookies-keep-options",
  severity: "warning",
  title: "tcp_timestamps is on where SYN cookies may be sent",
  why: "A cookie has room for the segment size alone. Window scaling and SACK travel in the timestamp option, so without it each connection that came by a cookie is slow for as long as it lives.",
  judge: ({ declaration, tcpSyncookies }) =>
    tcpSyncookies === 0 || declaredSetting(declaration, "net.ipv4.tcp_timestamps") !== 0
      ? []
      : [
          {
            subject: 'settings.extra["net.ipv4.tcp_timestamps"]',
            wanted: "1",
            got: "0",
            cause: `With tcp_syncookies ${tcpSyncookies} and no timestamps, a connection that came by a cookie has neither window scaling nor SACK.`,
            fix: 'set "net.ipv4.tcp_timestamps": 1 under settings.extra, or leave it out',
          },
        ],
};
