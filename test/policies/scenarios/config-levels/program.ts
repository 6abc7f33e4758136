import { server } from "../../support/server";

export const program = () =>
  server("config-levels-api", "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n", {
    tags: { "listen-backlog:services": "api:8000:8192" },
  });
