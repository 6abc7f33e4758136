import { server } from "../../support/server";

export const program = () =>
  server(
    "first-boot-unapplied-api",
    "#!/bin/sh\necho 'net.core.somaxconn = 8192' > /etc/sysctl.d/90-api.conf\nsystemctl restart api\n",
  );
