import * as pulumi from "@pulumi/pulumi";

import { TunedServer } from "../../../components";
import { PLANTED, type PolicyProgram } from "../support/expected";
import { pem } from "../support/pem";

export const program: PolicyProgram = {
  why: "Our own component: declared, composed, verified.",
  run: () => {
    const ssh = { user: "admin", privateKey: pulumi.secret(pem(`${PLANTED}-of-ssh`)) };
    new TunedServer("tuned-web-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.small",
      services: [
        { name: "nginx", backlog: 4096 },
        { name: "api", port: 8000, backlog: 1024 },
      ],
      userData: `#cloud-config\nruncmd:\n  - /opt/app/setup --license ${PLANTED}-of-license\n`,
      ssh,
    });
    new TunedServer("tuned-web-2", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.small",
      services: [{ name: "redis", backlog: 16384 }],
      settings: { somaxconn: 16384 },
      ssh,
    });
  },
  expected: [],
};
