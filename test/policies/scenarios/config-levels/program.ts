import { server } from "../../support/server";

export const program = () => server("config-levels-api", "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n");
