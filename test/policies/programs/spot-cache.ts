import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const cache = `#!/bin/bash
dnf install -y memcached
echo 'net.core.somaxconn = 1024' > /etc/sysctl.d/70-cache.conf
sysctl -p /etc/sysctl.d/70-cache.conf
memcached -d -u memcached -m 28672 -b 8192 -l 0.0.0.0
`;

export const program: PolicyProgram = {
  why: "memcached asks for 8192 under a somaxconn of 1024. Two specifications of one request share the user data, and the cause.",
  run: () => {
    const shared = { ami: "ami-0123456789abcdef0", userData: Buffer.from(cache).toString("base64") };
    new aws.ec2.SpotFleetRequest("spot-cache-fleet", {
      iamFleetRole: "arn:aws:iam::123456789012:role/fleet",
      targetCapacity: 4,
      launchSpecifications: [
        { ...shared, instanceType: "r6i.xlarge" },
        { ...shared, instanceType: "r5.xlarge" },
      ],
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "spot-cache-fleet",
      level: "mandatory",
      says: ["memcached", "8192", "1024"],
    },
    { policy: "backlog-is-verified", resource: "spot-cache-fleet", level: "advisory", says: [] },
  ],
};
