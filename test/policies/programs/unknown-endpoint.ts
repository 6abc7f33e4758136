import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The address of the database is known when it exists, and the whole user data with it. That is said once, and never refused in a preview.",
  run: () => {
    const database = new aws.rds.Instance("unknown-endpoint-db", {
      engine: "postgres",
      instanceClass: "db.t4g.medium",
      allocatedStorage: 50,
      username: "app",
      password: pulumi.secret(`${PLANTED}-of-postgres`),
      skipFinalSnapshot: true,
    });
    new aws.ec2.Instance("unknown-endpoint-app", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.medium",
      userDataReplaceOnChange: true,
      userData: pulumi.interpolate`#!/bin/bash
echo "DATABASE_URL=postgres://app@${database.endpoint}/app" >> /etc/environment
sysctl -w net.core.somaxconn=4096
systemctl enable --now app
`,
    });
  },
  expected: [
    {
      policy: "backlog-can-be-judged",
      resource: "unknown-endpoint-app",
      level: "advisory",
      says: ["userData", "update"],
    },
  ],
};
