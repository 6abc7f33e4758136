import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "262144 waiting connections cost 700 MB of kernel memory when it matters, and some software keeps 16 bits of the number.",
  run: () => {
    new aws.ec2.Instance("huge-backlog-ingest", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c6in.8xlarge",
      userDataReplaceOnChange: true,
      tags: { "listen-backlog:services": "ingest:9000:262144" },
      userData: `#cloud-config
write_files:
  - path: /etc/sysctl.d/99-ingest.conf
    content: "net.core.somaxconn = 262144\\n"
runcmd:
  - sysctl -p /etc/sysctl.d/99-ingest.conf
`,
    });
  },
  expected: [
    {
      policy: "backlog-within-limits",
      resource: "huge-backlog-ingest",
      level: "mandatory",
      says: ["ingest", "262144", "65535"],
    },
    { policy: "backlog-is-verified", resource: "huge-backlog-ingest", level: "advisory", says: [] },
  ],
};
