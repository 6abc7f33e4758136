import * as aws from "@pulumi/aws";
import { composeUserData } from "../../cloudinit";

const own = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BOUNDARY"

--BOUNDARY
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      allowedUnsafeSysctls: ["net.core.somaxconn"]
--BOUNDARY--
`;

export const template = new aws.ec2.LaunchTemplate("nodes", {
  userData: composeUserData(
    own,
    { settings: [{ key: "net.core.somaxconn", value: "16384" }], relisten: [] },
    { encoding: "base64" },
  ),
});
