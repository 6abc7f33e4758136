import { server } from "../../support/server";

export const program = () =>
  server("exemption-expired-legacy", "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n");
