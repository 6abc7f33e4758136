import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const worker = `#!/usr/bin/env python3
import subprocess
subprocess.run(["systemctl", "enable", "--now", "worker"], check=True)
`;

export const program: PolicyProgram = {
  why: "The script is Python, which nobody here reads; but nothing is declared, so there is nothing to judge.",
  run: () => {
    const queue = new aws.sqs.Queue("queue-worker-jobs", { visibilityTimeoutSeconds: 300 });
    const role = new aws.iam.Role("queue-worker-role", {
      assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
    });
    new aws.iam.RolePolicy("queue-worker-policy", {
      role: role.id,
      policy: queue.arn.apply((arn) =>
        JSON.stringify({ Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: arn }] }),
      ),
    });
    new aws.ec2.Instance("queue-worker-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.medium",
      iamInstanceProfile: new aws.iam.InstanceProfile("queue-worker-profile", { role: role.name }),
      userData: worker,
    });
  },
  expected: [],
};
