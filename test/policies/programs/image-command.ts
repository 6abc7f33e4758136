import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "It tunes the machine on which the image is built, which is thrown away: no machine of the image ever has it.",
  run: () => {
    new aws.imagebuilder.Component("image-command-tuning", {
      name: "tuning",
      version: "1.0.0",
      platform: "Linux",
      data: `name: tuning
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: somaxconn
        action: ExecuteBash
        inputs:
          commands:
            - dnf install -y nginx
            - sysctl -w net.core.somaxconn=16384
`,
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "image-command-tuning",
      level: "mandatory",
      says: ["net.core.somaxconn", "16384", "/etc/sysctl.d/"],
    },
  ],
};
