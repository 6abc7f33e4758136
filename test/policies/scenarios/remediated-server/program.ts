import { secret } from "@pulumi/pulumi";

import { server } from "../../support/server";

export const program = () =>
  server(
    "remediated-server-api",
    secret(
      "#!/bin/sh\nexport TOKEN=hunter2-of-remediated-server\necho 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf\n",
    ),
  );
