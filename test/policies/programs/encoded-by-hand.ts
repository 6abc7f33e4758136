import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Base64 by the user's own hand is read like text: 8192 asked for, 4096 allowed.",
  run: () => {
    const text = `#!/bin/bash
apt-get install -y nginx
sed -i 's/worker_connections 768/worker_connections 8192/' /etc/nginx/nginx.conf
echo 'server { listen 8080 backlog=8192; }' > /etc/nginx/conf.d/app.conf
echo 'net.core.somaxconn = 4096' > /etc/sysctl.d/99-app.conf
sysctl -p /etc/sysctl.d/99-app.conf && systemctl restart nginx
`;
    new aws.ec2.Instance("encoded-by-hand-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.small",
      userDataBase64: Buffer.from(text).toString("base64"),
      userDataReplaceOnChange: true,
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "encoded-by-hand-1",
      level: "mandatory",
      says: ["nginx", "8192", "4096"],
    },
    { policy: "backlog-is-verified", resource: "encoded-by-hand-1", level: "advisory", says: [] },
  ],
};
