import { server } from "../../support/server";

export const program = () => server("exemption-unused-plain", "#!/bin/sh\ntrue\n");
