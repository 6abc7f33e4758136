import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The instance brings no user data of its own: its template is judged, and the instance is not suspected.",
  run: () => {
    const template = new aws.ec2.LaunchTemplate("from-template-base", {
      imageId: "ami-0123456789abcdef0",
      instanceType: "t3.medium",
      userData: Buffer.from("#cloud-config\npackages: [postgresql]\n").toString("base64"),
      tagSpecifications: [{ resourceType: "instance", tags: { Name: "db" } }],
    });
    for (const index of [1, 2]) {
      new aws.ec2.Instance(`from-template-${index}`, {
        launchTemplate: { id: template.id, version: "$Latest" },
        tags: { Name: `db-${index}` },
      });
    }
  },
  expected: [],
};
