import { server } from "../../support/server";

export const program = () =>
  server(
    "agree-later-file-api",
    `#cloud-config
write_files:
  - path: /etc/sysctl.d/99-base.conf
    content: "net.core.somaxconn = 4096"
  - path: /etc/sysctl.d/10-api.conf
    content: "net.core.somaxconn = 16384"
runcmd:
  - sysctl --system
`,
  );
