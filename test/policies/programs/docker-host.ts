import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The host has 16384; the container that listens has a namespace of its own with 4096.",
  run: () => {
    new aws.ec2.Instance("docker-host-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.large",
      userDataReplaceOnChange: true,
      tags: { "listen-backlog:services": "nginx:80:16384" },
      userData: `#!/bin/bash
dnf install -y docker
systemctl enable --now docker
echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/99-web.conf
sysctl -p /etc/sysctl.d/99-web.conf
docker run -d --restart always --name nginx -e KEY=${PLANTED}-of-docker -p 80:80 nginx:1.27
`,
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "docker-host-1",
      level: "mandatory",
      says: ["nginx", "16384", "--sysctl net.core.somaxconn=16384"],
    },
    { policy: "backlog-is-verified", resource: "docker-host-1", level: "advisory", says: [] },
  ],
};
