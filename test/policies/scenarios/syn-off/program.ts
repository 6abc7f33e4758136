import { server } from "../../support/server";

export const program = () =>
  server(
    "syn-off-edge",
    "#!/bin/sh\necho 'net.ipv4.tcp_syncookies = 0' > /etc/sysctl.d/10-syn.conf\nsysctl --system\n",
  );
