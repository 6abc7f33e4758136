import { server } from "../../support/server";

export const program = () => server("config-mistaken-plain", "#!/bin/sh\ntrue\n");
