import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "All is right: file, applied before the restart, backlog on the listen line, replaced when it changes. Only that nothing looks at the server is worth a line.",
  run: () => {
    const keys = new aws.ec2.KeyPair("web-right-key", {
      publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ops",
    });
    new aws.ec2.Instance("web-right-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c6i.large",
      keyName: keys.keyName,
      userDataReplaceOnChange: true,
      tags: { Name: "web", "listen-backlog:services": "nginx:80:16384" },
      userData: `#cloud-config
packages: [nginx]
write_files:
  - path: /etc/sysctl.d/99-web.conf
    content: |
      net.core.somaxconn = 16384
  - path: /etc/nginx/sites-enabled/default
    content: |
      server { listen 80 default_server backlog=16384; root /var/www/html; }
runcmd:
  - [sysctl, -p, /etc/sysctl.d/99-web.conf]
  - [systemctl, restart, nginx]
`,
    });
  },
  expected: [
    { policy: "backlog-is-verified", resource: "web-right-1", level: "advisory", says: ["web-right-1"] },
  ],
};
