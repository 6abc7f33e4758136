import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The drop-in says 8192; the line in /etc/sysctl.conf wins, now and at every boot, with 1024.",
  run: () => {
    new aws.ec2.Instance("conf-against-drop-in-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.large",
      userDataReplaceOnChange: true,
      userData: `#!/bin/bash
cat >> /etc/sysctl.conf <<'EOF'
fs.file-max = 2097152
net.core.somaxconn = 1024
EOF
echo "net.core.somaxconn = 8192" > /etc/sysctl.d/20-app.conf
sysctl --system
`,
    });
  },
  expected: [
    {
      policy: "sysctl-files-agree",
      resource: "conf-against-drop-in-1",
      level: "mandatory",
      says: ["net.core.somaxconn", "/etc/sysctl.d/20-app.conf", "/etc/sysctl.conf", "8192", "1024"],
    },
  ],
};
