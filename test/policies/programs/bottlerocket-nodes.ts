import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const settings = `[settings.kubernetes]
cluster-name = "main"
api-server = "https://api.example.com"
allowed-unsafe-sysctls = ["net.core.somaxconn"]

[settings.kernel.sysctl]
"net.core.somaxconn" = "16384"
`;

export const program: PolicyProgram = {
  why: "Bottlerocket has settings of its own, which it applies at every boot. They are no cloud-init, and nothing is declared that they could fail.",
  run: () => {
    new aws.ec2.LaunchTemplate("bottlerocket-nodes-template", {
      imageId: "resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.30/x86_64/latest/image_id",
      instanceType: "m6i.large",
      userData: Buffer.from(settings).toString("base64"),
    });
  },
  expected: [],
};
