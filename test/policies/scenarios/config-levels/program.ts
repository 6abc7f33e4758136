import { server } from "../../support/server";

export const program = () => {
  server(
    "config-levels-files",
    `#!/bin/sh
echo 'net.core.somaxconn = 8192' > /etc/sysctl.d/99-base.conf
echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf
sysctl --system
`,
  );
  server(
    "config-levels-low",
    "#!/bin/sh\necho 'net.core.somaxconn = 2048' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
  );
};
