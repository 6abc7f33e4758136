import type { BootFacts } from "./facts";
import { howToKeep, isMore, isNoLoss, matters, placeText, raisedToDefault, sysctlLines } from "./keys";
import type { BootRule, BootVerdict } from "./rule";

/** One finding for all keys that nothing sets again: they have one cause, and one file cures it. */
export const settingSurvivesReboot: BootRule = {
  id: "setting-survives-reboot",
  severity: "error",
  title: "What is set on the running kernel is set again at the next boot",
  why: "sysctl -w and writes below /proc/sys change the running kernel alone. After the next reboot the server has its old backlog, and nobody hears of it.",
  judge: (facts, kernel) => [...unset(facts, kernel), ...lowered(facts)],
};

function unset(facts: BootFacts, kernel: string | undefined): BootVerdict[] {
  const { mendedElsewhere = [], source = "the user data" } = facts;
  const lost = facts.live.filter(
    ({ key, value, runtimeOnly }) =>
      runtimeOnly &&
      matters(key, facts) &&
      !facts.persisted.some((set) => set.key === key) &&
      !mendedElsewhere.includes(key) &&
      !isNoLoss(key, value, kernel),
  );
  const wanted = lost.map(({ key, value }) => ({ key, value: raisedToDefault(key, value, kernel) }));
  const low = lost.filter(({ value }, at) => value !== wanted[at]?.value).map(({ value }) => value);
  const isLow = low.length > 0 ? ` ${low.join(", ")} is also below what the kernel has by itself.` : "";
  return lost.length === 0
    ? []
    : [
        {
          lost,
          subject: lost.map(({ key }) => key).join(", "),
          wanted: `${wanted.map(({ value }) => value).join(", ")} after a reboot too`,
          got: `${low.length > 0 ? `${lost.map(({ value }) => value).join(", ")}, ` : ""}set on the running kernel alone`,
          cause: `Nothing in ${source} sets it again at the next boot.${isLow}`,
          fix: howToKeep(wanted),
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
