import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A backlog of 0 is legal and holds one connection; whoever writes it rarely means that.",
  run: () => {
    new aws.ec2.Instance("zero-backlog-api", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.micro",
      tags: { "listen-backlog:services": "api:8000:0" },
    });
  },
  expected: [
    { policy: "backlog-within-limits", resource: "zero-backlog-api", level: "mandatory", says: ["api", "0"] },
  ],
};
