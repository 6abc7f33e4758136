import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "somaxconn is raised to 65535 for nginx, and nginx goes on asking for its 511.",
  run: () => {
    new aws.ec2.Instance("raised-for-nothing-web", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c7i.large",
      userDataReplaceOnChange: true,
      tags: { "listen-backlog:services": "nginx:80" },
      userData: `#!/bin/bash
apt-get install -y nginx
cat > /etc/sysctl.d/99-web.conf <<CONF
net.core.somaxconn = 65535
CONF
sysctl -p /etc/sysctl.d/99-web.conf
systemctl restart nginx
`,
    });
  },
  expected: [
    {
      policy: "backlog-reaches-the-service",
      resource: "raised-for-nothing-web",
      level: "advisory",
      says: ["nginx", "511", "65535", "backlog="],
    },
    { policy: "backlog-is-verified", resource: "raised-for-nothing-web", level: "advisory", says: [] },
  ],
};
