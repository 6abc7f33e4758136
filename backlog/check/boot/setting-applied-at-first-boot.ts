import { isKernelDefault, matters, placeText } from "./keys";
import type { BootRule } from "./rule";

/** One finding for each file: one command applies all of it. */
export const settingAppliedAtFirstBoot: BootRule = {
  id: "setting-applied-at-first-boot",
  severity: "warning",
  title: "What is written to a sysctl file is also applied at the first boot",
  why: "systemd-sysctl has run before cloud-init writes files. Until the first reboot the kernel keeps its old value, and every service that starts in between is cut by it.",
  judge: (facts, kernel) => {
    const waiting = facts.persisted.filter(
      ({ key, value, by, appliedBy }) =>
        by === "systemd-sysctl" &&
        appliedBy === undefined &&
        matters(key, facts) &&
        !facts.live.some((live) => live.key === key) &&
        !isKernelDefault(key, value, kernel),
    );
    const files = [...new Set(waiting.map(placeText))];
    return files.map((file) => {
      const lines = waiting.filter((line) => placeText(line) === file);
      return {
        lost: [],
        subject: lines.map(({ key }) => key).join(", "),
        wanted: `${lines.map(({ value }) => value).join(", ")} from the first boot on`,
        got: `written to ${file}, and applied by nothing before a reboot`,
        cause: "systemd-sysctl has already run when cloud-init writes the file.",
        fix: `add "sysctl -p ${file}" to runcmd, before the services start`,
      };
    });
  },
};
