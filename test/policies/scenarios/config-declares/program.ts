import * as aws from "@pulumi/aws";

import { server } from "../../support/server";

const tuned = "#!/bin/sh\necho 'net.core.somaxconn = 8192' > /etc/sysctl.d/10-api.conf\nsysctl --system\n";

export const program = () => {
  server("config-declares-edge-1", tuned);
  server("config-declares-api", tuned);
  new aws.ec2.LaunchTemplate("config-declares-cache", {
    imageId: "ami-0123456789abcdef0",
    userData: Buffer.from(tuned.replace("8192", "4096")).toString("base64"),
  });
};
