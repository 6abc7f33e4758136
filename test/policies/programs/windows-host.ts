import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Windows has no somaxconn.",
  run: () => {
    new aws.ec2.Instance("windows-host-iis", {
      ami: "ami-0fedcba9876543210",
      instanceType: "t3.large",
      getPasswordData: true,
      userData: `<powershell>
Install-WindowsFeature -Name Web-Server
net user deploy ${PLANTED}-of-windows /add
</powershell>
<persist>true</persist>`,
    });
  },
  expected: [],
};
