import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Lightsail runs the line once, and the value is gone after a reboot; until then it lowers every other listener.",
  run: () => {
    new aws.lightsail.Instance("lightsail-shop-1", {
      availabilityZone: "eu-west-1a",
      blueprintId: "ubuntu_22_04",
      bundleId: "small_3_0",
      userData: "sysctl -w net.core.somaxconn=2048 && apt-get install -y apache2",
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "lightsail-shop-1",
      level: "mandatory",
      says: ["net.core.somaxconn", "2048", "also below", "4096"],
    },
  ],
};
