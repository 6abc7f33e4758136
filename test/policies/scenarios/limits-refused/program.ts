import { server } from "../../support/server";

export const program = () =>
  server(
    "limits-refused-api",
    "#!/bin/sh\necho 'net.core.somaxconn = 4294967296' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
  );
