import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";
import { addTuningPart } from "./remedies";

/** Refuses a line that another line undoes. */
export const sysctlFilesAgree: PolicyDefinition = {
  name: "sysctl-files-agree",
  displayName: "The lines that set the backlog agree",
  description: "No line that raises a setting is undone by another file, part or command.",
  level: "mandatory",
  severity: "high",
  cause:
    "A later file, /etc/sysctl.conf, a later part of the user data or a later command gives the key a smaller value; or the file is one that nothing reads.",
  why: "The line is there, reviewed and believed in. What holds is another one, and no tool says which.",
  remediationSteps: "Remove the line that wins, or write yours where it wins: to a file that sorts last.",
  tags: ["reliability", "persistence"],
  rules: ["sysctl-lines-agree"],
  remedy: addTuningPart,
  example: {
    before: instance(
      [
        "#cloud-config",
        "write_files:",
        "  - path: /etc/sysctl.d/60-backlog.conf",
        "    content: net.core.somaxconn = 8192",
        "  - path: /etc/sysctl.d/99-hardening.conf",
        "    content: net.core.somaxconn = 128",
        "runcmd:",
        "  - sysctl --system",
        "",
      ].join("\n"),
    ),
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};
