import type { Rule } from "./rule";
import { isOnHost } from "./situation";

/** Quiet where what somaxconn was by then covers the service anyway. */
export const serviceStartsAfterSetting: Rule = {
  id: "service-starts-after-setting",
  severity: "warning",
  title: "A service starts after somaxconn is set",
  why: "listen() takes what somaxconn is at the moment of the call, and the socket keeps it. A service that is started first, and not restarted afterwards, goes on with the old value.",
  judge: ({ services }) =>
    services.flatMap((service) => {
      const { name, known, asked, effective, unit } = service;
      const { somaxconnAtStart: before } = known;
      return before === undefined || !isOnHost(service) || Math.min(asked, before) >= effective
        ? []
        : [
            {
              subject: name,
              wanted: `a start after net.core.somaxconn is ${effective} or more`,
              got: `a start before, when it is ${before}`,
              cause: "listen() has cut the backlog by then, and the socket keeps what it got.",
              fix: `restart ${unit ?? "it"} after the command that applies the setting, or apply the setting first`,
            },
          ];
    }),
};
