import * as aws from "@pulumi/aws";

import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

const nodes = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
set -ex
echo "net.core.somaxconn=32768" > /etc/sysctl.d/99-k8s.conf
sysctl --system

--//--
`;

export const program: PolicyProgram = {
  why: "The classic: the nodes are tuned, and no pod sees it. The pod is where it must be set.",
  run: () => {
    const cluster = new aws.eks.Cluster("eks-nodes-only-cluster", {
      roleArn: "arn:aws:iam::123456789012:role/eks",
      vpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"] },
    });
    const template = new aws.ec2.LaunchTemplate("eks-nodes-only-template", {
      instanceType: "m6i.xlarge",
      userData: Buffer.from(nodes).toString("base64"),
    });
    new aws.eks.NodeGroup("eks-nodes-only-group", {
      clusterName: cluster.name,
      nodeRoleArn: "arn:aws:iam::123456789012:role/node",
      subnetIds: ["subnet-0a", "subnet-0b"],
      scalingConfig: { minSize: 3, maxSize: 9, desiredSize: 3 },
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    });
    new Anything("kubernetes:apps/v1:Deployment", "eks-nodes-only-api", {
      metadata: { name: "api", annotations: { "listen-backlog/services": "nginx:80:16384" } },
      spec: { template: { spec: { containers: [{ name: "nginx", image: "nginx:1.27" }] } } },
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "eks-nodes-only-api",
      level: "mandatory",
      says: ["nginx", "16384", "4096", "securityContext.sysctls"],
    },
  ],
};
