import { server } from "../../support/server";

export const program = () =>
  server(
    "survives-file-api",
    `#cloud-config
bootcmd:
  - sysctl -w net.core.somaxconn=8192
write_files:
  - path: /etc/sysctl.d/90-api.conf
    content: "net.core.somaxconn = 8192"
`,
  );
