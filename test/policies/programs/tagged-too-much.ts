import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The tag promises 8192, the user data stops at 4096.",
  run: () => {
    new aws.ec2.Instance("tagged-too-much-edge", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c7g.xlarge",
      userDataReplaceOnChange: true,
      tags: { Name: "edge", "listen-backlog:services": "nginx:443:8192" },
      userData: `#cloud-config
write_files:
  - path: /etc/sysctl.d/80-edge.conf
    content: |
      net.core.somaxconn = 4096
runcmd:
  - systemctl restart systemd-sysctl
`,
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "tagged-too-much-edge",
      level: "mandatory",
      says: ["nginx", "8192", "4096"],
    },
    { policy: "backlog-is-verified", resource: "tagged-too-much-edge", level: "advisory", says: [] },
  ],
};
