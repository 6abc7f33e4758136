import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const setup = `#!/bin/bash
set -euo pipefail
apt-get update
apt-get install -y nginx certbot
systemctl enable --now nginx
echo "<h1>Hello</h1>" > /var/www/html/index.html
`;

export const program: PolicyProgram = {
  why: "A web server as it comes: nginx asks for 511, every kernel of a current image allows 4096, and nobody tuned anything.",
  run: () => {
    const group = new aws.ec2.SecurityGroup("blog-nginx-web", {
      ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] }],
    });
    const ami = aws.ec2.getAmiOutput({ owners: ["099720109477"], mostRecent: true });
    new aws.ec2.Instance("blog-nginx-server", {
      ami: ami.id,
      instanceType: "t3.micro",
      vpcSecurityGroupIds: [group.id],
      userData: setup,
      tags: { Name: "blog" },
    });
  },
  expected: [],
};
