import type { StartedBy } from "./platform";
import type { Rule } from "./rule";
import { isOnHost } from "./situation";

/** Quiet where what somaxconn was by then covers the service anyway. */
export const serviceStartsAfterSetting: Rule = {
  id: "service-starts-after-setting",
  severity: "warning",
  title: "A service starts after somaxconn is set",
  why: "listen() takes what somaxconn is at the moment of the call, and the socket keeps it. A service that is started first, and not restarted afterwards, goes on with the old value. On Debian and Ubuntu, the installation of its package starts it.",
  judge: ({ services }) =>
    services.flatMap((service) => {
      const { name, known, asked, effective, unit } = service;
      const { somaxconnAtStart: before, startedBy = "command" } = known;
      return before === undefined || !isOnHost(service) || Math.min(asked, before) >= effective
        ? []
        : [
            {
              subject: name,
              wanted: `a start after net.core.somaxconn is ${effective} or more`,
              got: `${START[startedBy]}, when it is ${before}`,
              cause: CAUSE[startedBy],
              fix: FIX[startedBy](unit),
            },
          ];
    }),
};

const START: Readonly<Record<StartedBy, string>> = {
  command: "a start before",
  package: "a start before, by the installation of its package",
  "package-if-debian": "on Debian and Ubuntu, a start before, by the installation of its package",
};

const KEPT = "listen() has cut the backlog by then, and the socket keeps what it got.";

const CAUSE: Readonly<Record<StartedBy, string>> = {
  command: KEPT,
  package: `${KEPT} A package of Debian or Ubuntu starts its service when it is installed, and a start afterwards does nothing.`,
  "package-if-debian": `${KEPT} A package of Debian or Ubuntu starts its service when it is installed; those of other distributions do not, and there nothing starts it.`,
};

/** A restart is right on any distribution: it starts what does not run. */
const FIX: Readonly<Record<StartedBy, (unit: string | undefined) => string>> = {
  command: (unit) =>
    `restart ${unit ?? "it"} after the command that applies the setting, or apply the setting first`,
  package: restart,
  "package-if-debian": restart,
};

function restart(unit: string | undefined): string {
  return `add ${unit === undefined ? "a restart of it" : `systemctl restart ${unit}`} behind the command that applies the setting`;
}
