import { server } from "../../support/server";

export const program = () =>
  server(
    "reaches-default-cache",
    `#!/bin/sh
echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/50-app.conf
sysctl -p /etc/sysctl.d/50-app.conf
systemctl restart redis-server
`,
    { tags: { "listen-backlog:services": "redis:6379" } },
  );
