import * as aws from "@pulumi/aws";
import { composeUserData } from "../../cloudinit";

const own = "#cloud-config\nruncmd: [[systemctl, enable, --now, nginx]]\n";

export const template = new aws.ec2.LaunchTemplate("web", {
  imageId: "ami-0123456789abcdef0",
  instanceType: "t3.small",
  userData: composeUserData(
    own,
    {
      settings: [{ key: "net.core.somaxconn", value: "4096" }],
      relisten: [{ unit: "nginx.service", how: "restart" }],
    },
    { encoding: "base64" },
  ),
});
