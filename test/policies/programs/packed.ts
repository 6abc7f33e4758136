import { gzipSync } from "node:zlib";
import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const script = "#!/bin/sh\nPATH=/usr/sbin:$PATH\nsysctl -w net.core.somaxconn=30000\n";

export const program: PolicyProgram = {
  why: "Compressed and encoded, and still run time only.",
  run: () => {
    new aws.ec2.LaunchTemplate("packed-template", {
      imageId: "ami-0123456789abcdef0",
      instanceType: "m7g.large",
      userData: gzipSync(script).toString("base64"),
    });
  },
  expected: [
    {
      policy: "backlog-survives-reboot",
      resource: "packed-template",
      level: "mandatory",
      says: ["net.core.somaxconn", "30000"],
    },
  ],
};
