import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const part = (type: string, text: string) =>
  `Content-Type: ${type}; charset="us-ascii"\nMIME-Version: 1.0\n\n${text}`;

function multipart(...parts: string[]): string {
  const boundary = "==TEAMS==";
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "MIME-Version: 1.0",
    "",
    ...parts.flatMap((each) => [`--${boundary}`, each]),
    `--${boundary}--`,
    "",
  ].join("\n");
}

const security = `#cloud-config
write_files:
  - path: /etc/sysctl.d/50-hardening.conf
    content: "net.ipv4.conf.all.rp_filter = 1\\n"
`;

const application = `#cloud-config
write_files:
  - path: /etc/sysctl.d/90-app.conf
    content: "net.core.somaxconn = 8192\\n"
`;

export const program: PolicyProgram = {
  why: "The second team's write_files takes the place of the first's, without a word: somaxconn is never written.",
  run: () => {
    new aws.ec2.LaunchTemplate("two-teams-template", {
      imageId: "ami-0123456789abcdef0",
      instanceType: "m7i.large",
      userData: Buffer.from(
        multipart(
          part("text/cloud-config", application),
          part("text/cloud-config", security),
          part("text/x-shellscript", "#!/bin/sh\nsysctl --system\n"),
        ),
      ).toString("base64"),
    });
  },
  expected: [
    {
      policy: "sysctl-files-agree",
      resource: "two-teams-template",
      level: "mandatory",
      says: ["net.core.somaxconn", "merge_how"],
    },
  ],
};
