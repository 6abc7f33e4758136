import type { BootFacts } from "./facts";
import { isKernelDefault, isMore, matters, placeText, sysctlLines } from "./keys";
import type { BootRule, BootVerdict } from "./rule";

const OWN_FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";

/** One finding for all keys that nothing sets again: they have one cause, and one file cures it. */
export const settingSurvivesReboot: BootRule = {
  id: "setting-survives-reboot",
  severity: "error",
  title: "What is set on the running kernel is set again at the next boot",
  why: "sysctl -w and writes below /proc/sys change the running kernel alone. After the next reboot the server has its old backlog, and nobody hears of it.",
  judge: (facts, kernel) => [...unset(facts, kernel), ...lowered(facts)],
};

function unset(facts: BootFacts, kernel: string | undefined): BootVerdict[] {
  const lost = facts.live.filter(
    ({ key, value, runtimeOnly }) =>
      runtimeOnly &&
      matters(key, facts) &&
      !facts.persisted.some((set) => set.key === key) &&
      !isKernelDefault(key, value, kernel),
  );
  return lost.length === 0
    ? []
    : [
        {
          lost,
          subject: lost.map(({ key }) => key).join(", "),
          wanted: `${lost.map(({ value }) => value).join(", ")} after a reboot too`,
          got: "set on the running kernel alone",
          cause: "Nothing in the user data sets it again at the next boot.",
          fix: `write ${sysctlLines(lost)} to ${OWN_FILE}, and apply it with sysctl -p ${OWN_FILE}`,
        },
      ];
}

function lowered(facts: BootFacts): BootVerdict[] {
  return facts.live.flatMap((live) => {
    const next = facts.persisted.find(({ key }) => key === live.key);
    // Of cookies, no number is more than another.
    const loses =
      live.runtimeOnly &&
      matters(live.key, facts) &&
      live.key !== "net.ipv4.tcp_syncookies" &&
      next !== undefined &&
      isMore(live.value, next.value);
    return loses
      ? [
          {
            lost: [live],
            subject: live.key,
            wanted: `${live.value} after a reboot too`,
            got: `${next.value} from ${placeText(next)}`,
            cause: `${live.value} is set on the running kernel alone, and the next boot sets ${next.value}.`,
            fix: `write ${sysctlLines([live])} there instead`,
          },
        ]
      : [];
  });
}
