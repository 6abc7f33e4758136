import { server } from "../../support/server";

export const program = () =>
  server(
    "syn-always-edge",
    "#!/bin/sh\necho 'net.ipv4.tcp_syncookies = 2' > /etc/sysctl.d/10-syn.conf\nsysctl --system\n",
  );
