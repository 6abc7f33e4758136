import { server } from "../../support/server";

export const program = () =>
  server(
    "syn-on-edge",
    `#!/bin/sh
cat > /etc/sysctl.d/10-syn.conf <<'X'
net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_max_syn_backlog = 65535
X
sysctl --system
`,
  );
