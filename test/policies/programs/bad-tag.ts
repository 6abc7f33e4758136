import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A declaration that nobody can read is worse than none: its author believes in it.",
  run: () => {
    new aws.ec2.Instance("bad-tag-web", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.micro",
      tags: { "listen-backlog:services": "nginx;80;4096" },
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "bad-tag-web",
      level: "mandatory",
      says: ["listen-backlog:services", "nginx;80;4096"],
    },
  ],
};
