import { server } from "../../support/server";

export const program = () =>
  server(
    "changed-kept-api",
    "#!/bin/sh\necho 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
    { userDataReplaceOnChange: false },
  );
