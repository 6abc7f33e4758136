import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The image brings everything. nginx with 4096 is what a kernel allows that nobody tuned; Redis asks for 511.",
  run: () => {
    for (const name of ["golden-image-web-1", "golden-image-web-2"]) {
      new aws.ec2.Instance(name, {
        ami: "ami-0123456789abcdef0",
        instanceType: "c7g.xlarge",
        tags: { Name: name, "listen-backlog:services": "nginx:80:4096 redis:6379" },
      });
    }
  },
  expected: [],
};
