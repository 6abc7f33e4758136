import * as pulumi from "@pulumi/pulumi";

import { TunedServer } from "../../../components";
import { PLANTED, type PolicyProgram } from "../support/expected";
import { pem } from "../support/pem";

export const program: PolicyProgram = {
  why: "The component takes the declaration, and the policy refuses to go without SYN cookies.",
  run: () => {
    new TunedServer("tuned-without-cookies-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.small",
      services: [{ name: "nginx", backlog: 4096 }],
      settings: { tcpSyncookies: 0, tcpMaxSynBacklog: 16384 },
      ssh: { user: "admin", privateKey: pulumi.secret(pem(`${PLANTED}-of-ssh`)) },
    });
  },
  expected: [
    {
      policy: "syn-flood-protection",
      resource: "tuned-without-cookies-1",
      level: "mandatory",
      says: ["tcpSyncookies", "0"],
    },
  ],
};
