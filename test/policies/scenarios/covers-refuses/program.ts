import { server } from "../../support/server";

export const program = () =>
  server(
    "covers-refuses-web",
    `#cloud-config
write_files:
  - path: /etc/nginx/conf.d/app.conf
    content: "server { listen 80 backlog=4096; }"
  - path: /etc/sysctl.d/50-app.conf
    content: "net.core.somaxconn = 2048"
runcmd:
  - sysctl -p /etc/sysctl.d/50-app.conf
  - systemctl restart nginx
`,
  );
