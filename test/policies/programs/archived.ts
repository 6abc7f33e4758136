import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "An archive of two parts that do what they should: written, then applied.",
  run: () => {
    new aws.ec2.Instance("archived-app", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.large",
      userDataReplaceOnChange: true,
      userData: `#cloud-config-archive
- type: text/cloud-config
  content: |
    write_files:
      - path: /etc/sysctl.d/99-app.conf
        content: "net.core.somaxconn = 12288\\n"
- |
  #!/bin/sh
  sysctl -p /etc/sysctl.d/99-app.conf
  /opt/app/start --secret ${PLANTED}-of-archive
`,
    });
  },
  expected: [],
};
