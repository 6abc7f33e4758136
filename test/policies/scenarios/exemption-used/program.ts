import { server } from "../../support/server";

export const program = () =>
  server("exemption-used-legacy", "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n");
