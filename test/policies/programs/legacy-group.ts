import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const userData = `#!/bin/bash
yum install -y httpd
echo 8192 > /proc/sys/net/core/somaxconn
service httpd start
`;

export const program: PolicyProgram = {
  why: "A write to /proc/sys is gone after a reboot. It stands in the launch configuration: the group is no second finding.",
  run: () => {
    const config = new aws.ec2.LaunchConfiguration("legacy-group-config", {
      imageId: "ami-0123456789abcdef0",
      instanceType: "m5.large",
      userData,
    });
    new aws.autoscaling.Group("legacy-group-web", {
      launchConfiguration: config.name,
      minSize: 2,
      maxSize: 6,
      vpcZoneIdentifiers: ["subnet-0a", "subnet-0b"],
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "legacy-group-config",
      level: "mandatory",
      says: ["net.core.somaxconn", "8192", "/etc/sysctl.d/"],
    },
  ],
};
