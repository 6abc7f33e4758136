import type { BootFacts, LineConflict } from "./facts";
import { howToKeep, isMore, matters, OWN_FILE, placeText, sysctlLines } from "./keys";
import type { BootRule, BootVerdict } from "./rule";

/** Quiet where the line that wins asks for as much or more: a base file that another raises is as it should be. */
export const sysctlLinesAgree: BootRule = {
  id: "sysctl-lines-agree",
  severity: "error",
  title: "A line that asks for more is not undone by another line",
  why: "Of several lines for one key, one wins: the last file by name, /etc/sysctl.conf as 99-sysctl.conf, a later part of the user data, a later command. The others are believed in, and do nothing.",
  judge: (facts) => {
    const worst = new Map<string, BootVerdict>();
    for (const conflict of facts.conflicts) {
      const verdict = judged(conflict, facts);
      const known = worst.get(conflict.subject);
      if (verdict !== undefined && (known === undefined || isMore(conflict.value, known.lost[0]?.value))) {
        worst.set(conflict.subject, verdict);
      }
    }
    return [...worst.values()];
  },
};

function judged(conflict: LineConflict, facts: BootFacts): BootVerdict | undefined {
  const { why, subject: key, value, where, by } = conflict;
  // What the kernel refuses and what cookies are have rules of their own.
  if (why === "refused" || value === undefined || !matters(key, facts) || key === "net.ipv4.tcp_syncookies") {
    return undefined;
  }
  if (why === "changes-at-next-boot") {
    return raisedLater(key, value, conflict);
  }
  const live = facts.live.find((set) => set.key === key)?.value;
  const persisted = facts.persisted.find((set) => set.key === key)?.value;
  const holds = why === "overwritten-live" ? (live ?? by?.value) : (persisted ?? live);
  if (!isMore(value, holds)) {
    return undefined;
  }
  const winner = by === undefined ? "" : ` from ${placeText(by)}`;
  return {
    lost: [{ key, value }],
    subject: key,
    wanted: `${value}, as ${placeText(where)} says`,
    got: holds === undefined ? "nothing" : `${holds}${winner}`,
    cause: CAUSES[why],
    fix: howToMend(why, conflict),
  };
}

/** A value that the next boot lowers is one that does not survive: another rule says that. */
function raisedLater(key: string, value: string, { where, by }: LineConflict): BootVerdict | undefined {
  const next = by?.value;
  return by === undefined || next === undefined || !isMore(next, value)
    ? undefined
    : {
        lost: [{ key, value: next }],
        subject: key,
        wanted: `${next} from the first boot on, as ${placeText(by)} says`,
        got: `${value} from ${placeText(where)} until the next boot`,
        cause: CAUSES["changes-at-next-boot"],
        fix: `remove what sets ${value} (${placeText(where)}), and apply ${placeText(by)} at the first boot too`,
      };
}

const CAUSES: Readonly<Record<LineConflict["why"], string>> = {
  "loses-at-boot":
    "Files are applied in the order of their names, /etc/sysctl.conf as 99-sysctl.conf, and the last line wins.",
  "replaced-by-merge": "A later part of the user data replaces it when cloud-init merges them.",
  "overwritten-live": "A later command gives the key another value.",
  "not-read":
    "systemd-sysctl does not read that file: only names that end in .conf, in the folders of sysctl.d.",
  refused: "",
  "changes-at-next-boot":
    "Another value is set on the running kernel than the one that every later boot sets.",
};

function howToMend(why: LineConflict["why"], { subject, value = "", by, where }: LineConflict): string {
  const line = sysctlLines([{ key: subject, value }]);
  switch (why) {
    case "replaced-by-merge":
      return 'write "merge_how: list(append)+dict(no_replace,recurse_list)+str()" in the later part, or make one part of both';
    case "not-read":
      return howToKeep([{ key: subject, value }]);
    case "overwritten-live":
      return `remove the later command${by === undefined ? "" : ` (${placeText(by)})`}`;
    default:
      return `remove the line for ${subject} from ${placeText(by ?? where)}, or write ${line} to ${OWN_FILE}, which sorts last, and apply it with sysctl -p ${OWN_FILE}`;
  }
}
