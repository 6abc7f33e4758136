import * as aws from "@pulumi/aws";

import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

const nodeConfig = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      allowedUnsafeSysctls: ["net.core.somaxconn"]

--//--
`;

export const program: PolicyProgram = {
  why: "The pod sets it, the nodes allow it; but no policy can tell from a pod on which nodes it will run, and says so.",
  run: () => {
    const template = new aws.ec2.LaunchTemplate("eks-pods-set-template", {
      instanceType: "m7g.xlarge",
      userData: Buffer.from(nodeConfig).toString("base64"),
    });
    new aws.eks.NodeGroup("eks-pods-set-group", {
      clusterName: "main",
      nodeRoleArn: "arn:aws:iam::123456789012:role/node",
      subnetIds: ["subnet-0a"],
      scalingConfig: { minSize: 2, maxSize: 4, desiredSize: 2 },
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    });
    new Anything("kubernetes:apps/v1:Deployment", "eks-pods-set-api", {
      metadata: { name: "api" },
      spec: {
        template: {
          metadata: { annotations: { "listen-backlog/services": "nginx:80:16384" } },
          spec: {
            securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "16384" }] },
            containers: [{ name: "nginx", image: "nginx:1.27" }],
          },
        },
      },
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "eks-pods-set-api",
      level: "advisory",
      says: ["allowedUnsafeSysctls"],
    },
  ],
};
