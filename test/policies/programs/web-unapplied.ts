import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The file is right for every later boot, and nothing applies it at the first one: nginx starts under the kernel's 4096.",
  run: () => {
    new aws.ec2.Instance("web-unapplied-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c6i.large",
      userDataReplaceOnChange: true,
      userData: `#cloud-config
package_update: true
packages: [nginx]
write_files:
  - path: /etc/sysctl.d/99-tuning.conf
    content: |
      net.core.somaxconn=65535
      net.ipv4.tcp_max_syn_backlog=65535
  - path: /etc/nginx/conf.d/app.conf
    content: |
      server {
        listen 80 default_server backlog=65535;
        location / { proxy_pass http://127.0.0.1:3000; }
      }
runcmd:
  - systemctl restart nginx
`,
    });
  },
  expected: [
    {
      policy: "backlog-applied-at-first-boot",
      resource: "web-unapplied-1",
      level: "advisory",
      says: ["/etc/sysctl.d/99-tuning.conf", "sysctl -p /etc/sysctl.d/99-tuning.conf"],
    },
    {
      policy: "backlog-is-verified",
      resource: "web-unapplied-1",
      level: "advisory",
      says: ["web-unapplied-1"],
    },
  ],
};
