import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A fleet behind a balancer, installed and not tuned.",
  run: () => {
    const balancer = new aws.lb.LoadBalancer("plain-fleet-nlb", {
      loadBalancerType: "network",
      subnets: ["subnet-0a", "subnet-0b"],
    });
    const target = new aws.lb.TargetGroup("plain-fleet-web", { port: 80, protocol: "TCP", vpcId: "vpc-0a" });
    new aws.lb.Listener("plain-fleet-http", {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: target.arn }],
    });
    const template = new aws.ec2.LaunchTemplate("plain-fleet-template", {
      imageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
      instanceType: "c7g.large",
      userData: Buffer.from("#!/bin/bash\ndnf install -y nginx\nsystemctl enable --now nginx\n").toString(
        "base64",
      ),
      metadataOptions: { httpTokens: "required" },
    });
    new aws.autoscaling.Group("plain-fleet-group", {
      minSize: 3,
      maxSize: 12,
      targetGroupArns: [target.arn],
      vpcZoneIdentifiers: ["subnet-0a", "subnet-0b"],
      launchTemplate: { id: template.id, version: "$Latest" },
      tags: [{ key: "Name", value: "web", propagateAtLaunch: true }],
    });
  },
  expected: [],
};
