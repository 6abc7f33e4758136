import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { PLANTED, type PolicyProgram } from "../support/expected";

const config = (password: pulumi.Output<string>) => pulumi.interpolate`#cloud-config
packages:
  - redis-server
write_files:
  - path: /etc/redis/redis.conf
    content: |
      bind 0.0.0.0
      requirepass ${password}
      maxmemory 6gb
      tcp-backlog 65535
  - path: /etc/sysctl.d/30-redis.conf
    content: |
      vm.overcommit_memory = 1
      net.core.somaxconn = 1024
runcmd:
  - sysctl -p /etc/sysctl.d/30-redis.conf
  - systemctl restart redis-server
`;

export const program: PolicyProgram = {
  why: "Redis asks for 65535 and the file of the same user data caps it at 1024. That is refused, and nothing looks at the server afterwards.",
  run: () => {
    const password = pulumi.secret(`${PLANTED}-of-redis`);
    new aws.ec2.Instance("redis-raised-cache", {
      ami: "ami-0123456789abcdef0",
      instanceType: "r6g.large",
      userData: config(password),
      userDataReplaceOnChange: true,
      rootBlockDevice: { volumeSize: 30, volumeType: "gp3" },
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "redis-raised-cache",
      level: "mandatory",
      says: ["redis", "65535", "1024", "net.core.somaxconn"],
    },
    {
      policy: "backlog-is-verified",
      resource: "redis-raised-cache",
      level: "advisory",
      says: ["redis-raised-cache"],
    },
  ],
};
