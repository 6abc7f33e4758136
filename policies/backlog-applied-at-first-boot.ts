import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";
import { addTuningPart } from "./remedies";

/** Advises where a file is written, and nothing applies it before a reboot. */
export const backlogAppliedAtFirstBoot: PolicyDefinition = {
  name: "backlog-applied-at-first-boot",
  displayName: "The backlog is applied at the first boot",
  description: "What is written to a sysctl file is applied at the first boot, before the services start.",
  level: "advisory",
  severity: "medium",
  cause:
    "User data writes a file to /etc/sysctl.d, and nothing applies it before the next boot; or a service starts that needs more than somaxconn is by then, by a command or because its package is installed, the file is applied afterwards, and nothing restarts the service.",
  why: "systemd-sysctl has run before cloud-init writes files. A new server, and each one that an Auto Scaling group adds, works with the old value until somebody reboots it. On Debian and Ubuntu a package starts its service where it is installed, which is before runcmd for those of packages.",
  remediationSteps:
    "Apply the file with sysctl -p in runcmd, before the services start; behind it, restart those that run already: systemctl restart nginx.",
  tags: ["reliability", "first-boot"],
  cannotSee:
    "Which distribution the machine runs, where the user data does not show it: what packages of cloud-config start is said with an if. Services that start in other ways than by `systemctl`, `service` and the packages of Debian that the catalogue has. What starts too early keeps the value of before until it is restarted: restart it after `sysctl -p`, and verify it.",
  rules: ["setting-applied-at-first-boot", "service-starts-after-setting"],
  remedy: addTuningPart,
  example: {
    before: instance(
      "#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/60-backlog.conf\n    content: net.core.somaxconn = 8192\n",
    ),
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};
