import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Run by hand on whatever is up; the next boot knows nothing of it, unless something out of sight does.",
  stack: "programs-ssm",
  run: () => {
    const document = new aws.ssm.Document("ssm-tune-document", {
      documentType: "Command",
      documentFormat: "JSON",
      content: JSON.stringify({
        schemaVersion: "2.2",
        description: "Tune the web servers",
        mainSteps: [
          {
            action: "aws:runShellScript",
            name: "tune",
            inputs: { runCommand: ["sysctl -w net.core.somaxconn=8192", "systemctl restart nginx"] },
          },
        ],
      }),
    });
    new aws.ssm.Association("ssm-tune-web", {
      name: document.name,
      targets: [{ key: "tag:Role", values: ["web"] }],
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "ssm-tune-document",
      level: "advisory",
      says: ["net.core.somaxconn", "8192", "/etc/sysctl.d/"],
    },
  ],
};
