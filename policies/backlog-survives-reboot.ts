import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";
import { addTuningPart } from "./remedies";

/** Refuses what is set on the running kernel alone. */
export const backlogSurvivesReboot: PolicyDefinition = {
  name: "backlog-survives-reboot",
  displayName: "The backlog survives a reboot",
  description: "What is set on the running kernel is set again at the next boot.",
  level: "mandatory",
  severity: "high",
  cause:
    "sysctl -w or a write below /proc/sys sets a value that nothing sets again at the next boot. Of a command, a document or an extension that a running machine is given, it advises at any level, because something else may set it: and not even that where the user data of a server or a command that came before sets as much at every boot.",
  why: "The server works until it reboots, which a security update may do at night. From then on it has its old backlog, and nobody connects the two.",
  remediationSteps: "Write the line to a file in /etc/sysctl.d and apply that file with sysctl -p.",
  tags: ["reliability", "persistence"],
  rules: ["setting-survives-reboot"],
  remedy: addTuningPart,
  example: {
    before: instance("#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n"),
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};
