import { server } from "../../support/server";

export const program = () =>
  server(
    "first-boot-service-before-cache",
    `#cloud-config
packages: [redis-server]
write_files:
  - path: /etc/redis/redis.conf
    content: "tcp-backlog 8192"
  - path: /etc/sysctl.d/90-redis.conf
    content: "net.core.somaxconn = 8192"
runcmd:
  - sysctl -p /etc/sysctl.d/90-redis.conf
`,
  );
