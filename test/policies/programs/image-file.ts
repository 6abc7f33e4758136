import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A file that is baked into an image is applied by every boot of its machines.",
  run: () => {
    new aws.imagebuilder.Component("image-file-tuning", {
      name: "tuning",
      version: "1.0.0",
      platform: "Linux",
      data: `name: tuning
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: somaxconn
        action: ExecuteBash
        inputs:
          commands:
            - echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/99-zz-tuning.conf
            - chmod 644 /etc/sysctl.d/99-zz-tuning.conf
`,
    });
  },
  expected: [],
};
