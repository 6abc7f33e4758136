import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A spot request is an instance as any other: run time only, not run again, not verified.",
  run: () => {
    new aws.ec2.SpotInstanceRequest("spot-render-node", {
      ami: "ami-0123456789abcdef0",
      instanceType: "c5.4xlarge",
      spotPrice: "0.25",
      waitForFulfillment: true,
      userData: "#!/bin/bash\nsudo sysctl -w net.core.somaxconn=1024\n/opt/render/start.sh\n",
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "spot-render-node",
      level: "mandatory",
      says: ["net.core.somaxconn", "1024", "also below", "4096"],
    },
    {
      policy: "changed-user-data-takes-effect",
      resource: "spot-render-node",
      level: "advisory",
      says: ["userDataReplaceOnChange"],
    },
  ],
};
