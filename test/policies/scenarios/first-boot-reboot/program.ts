import { server } from "../../support/server";

export const program = () =>
  server(
    "first-boot-reboot-api",
    `#cloud-config
write_files:
  - path: /etc/sysctl.d/90-api.conf
    content: "net.core.somaxconn = 8192"
power_state: { mode: reboot }
`,
  );
