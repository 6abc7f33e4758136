import * as pulumi from "@pulumi/pulumi";

import { Anything } from "../support/anything";
import { PLANTED, type PolicyProgram } from "../support/expected";

const customData = `#cloud-config
packages: [nginx]
write_files:
  - path: /etc/nginx/conf.d/edge.conf
    content: |
      server { listen 443 ssl backlog=16384; }
  - path: /etc/sysctl.d/90-edge.conf
    content: |
      net.core.somaxconn = 4096
runcmd:
  - sysctl -p /etc/sysctl.d/90-edge.conf
  - systemctl restart nginx
`;

export const program: PolicyProgram = {
  why: "The same user data under Azure's name for it: 16384 asked for, 4096 allowed.",
  run: () => {
    new Anything("azure:compute/linuxVirtualMachine:LinuxVirtualMachine", "azure-vm-edge", {
      resourceGroupName: "edge",
      location: "westeurope",
      size: "Standard_F4s_v2",
      adminUsername: "ops",
      adminPassword: pulumi.secret(`${PLANTED}-of-azure`),
      customData: Buffer.from(customData).toString("base64"),
      sourceImageReference: { publisher: "Debian", offer: "debian-12", sku: "12-gen2", version: "latest" },
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "azure-vm-edge",
      level: "mandatory",
      says: ["nginx", "16384", "4096"],
    },
    { policy: "backlog-is-verified", resource: "azure-vm-edge", level: "advisory", says: [] },
  ],
};
