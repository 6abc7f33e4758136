import { findSetting } from "../../settings";
import { matters, placeText } from "./keys";
import type { BootRule } from "./rule";

export const kernelTakesValue: BootRule = {
  id: "kernel-takes-value",
  severity: "error",
  title: "Every value is one that the kernel takes",
  why: "The kernel refuses a number outside its range and keeps the value that it had. sysctl says so in a log that nobody reads, and often exits with 0.",
  judge: (facts) =>
    facts.conflicts.flatMap(({ why, subject, value, where }) => {
      const setting = findSetting(subject);
      return why !== "refused" || setting === undefined || !matters(subject, facts)
        ? []
        : [
            {
              lost: [],
              subject,
              wanted: `an integer from ${setting.min} to ${setting.max}`,
              // What is no number may be anything, and is not repeated.
              got: `${/^-?\d{1,20}$/.test(value ?? "") ? value : "no number"} in ${placeText(where)}`,
              cause: "The kernel refuses it and keeps the value that it has.",
              fix: `set it to ${setting.suggestion}`,
            },
          ];
    }),
};
