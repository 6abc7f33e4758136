import { server } from "../../support/server";

export const program = () =>
  server(
    "limits-at-most-api",
    "#!/bin/sh\necho 'net.core.somaxconn = 65535' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
    { tags: { "listen-backlog:services": "api:8000:65535" } },
  );
