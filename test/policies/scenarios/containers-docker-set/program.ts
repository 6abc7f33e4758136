import { server } from "../../support/server";

export const program = () =>
  server(
    "containers-docker-set-web",
    `#!/bin/bash
dnf install -y docker && systemctl enable --now docker
docker run -d --sysctl net.core.somaxconn=16384 -p 80:80 -e TOKEN=hunter2-of-run nginx
`,
    { tags: { "listen-backlog:services": "nginx:80:16384" } },
  );
