import { server } from "../../support/server";

export const program = () =>
  server(
    "config-memory-api",
    "#!/bin/sh\necho 'net.core.somaxconn = 32768' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
    { tags: { "listen-backlog:services": "api:8000:32768" } },
  );
