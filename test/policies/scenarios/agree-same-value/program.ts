import { server } from "../../support/server";

export const program = () =>
  server(
    "agree-same-value-api",
    `#!/bin/sh
echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf
echo 'net.core.somaxconn = 16384' >> /etc/sysctl.conf
sysctl --system
`,
  );
