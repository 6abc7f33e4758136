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
    "User data writes a file to /etc/sysctl.d, and nothing applies it before the next boot; or it starts a service that needs more than somaxconn is by then, applies the file afterwards, and does not restart the service.",
  why: "systemd-sysctl has run before cloud-init writes files. A new server, and each one that an Auto Scaling group adds, works with the old value until somebody reboots it.",
  remediationSteps: "Apply the file with sysctl -p in runcmd, before the services start.",
  tags: ["reliability", "first-boot"],
  cannotSee:
    "A service that starts before the commands that apply the setting because its package starts it: only `systemctl` and `service` are seen, of units that the catalogue has. It keeps the value of before until it is restarted: restart it after `sysctl -p`, and verify it.",
  rules: ["setting-applied-at-first-boot", "service-starts-after-setting"],
  remedy: addTuningPart,
  example: {
    before: instance(
      "#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/60-backlog.conf\n    content: net.core.somaxconn = 8192\n",
    ),
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};
