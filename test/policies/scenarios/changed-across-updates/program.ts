import { server } from "../../support/server";

const tuned = (value: number) =>
  `#!/bin/sh\necho 'net.core.somaxconn = ${value}' > /etc/sysctl.d/10-api.conf\nsysctl --system\n`;

export const program = (step: number) =>
  server("changed-across-updates-api", tuned(step <= 1 ? 8192 : 16384), {
    userDataReplaceOnChange: step === 3,
  });
