import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

const unit = `[Service]
ExecStart=/usr/bin/node /srv/app/server.js
Environment=PORT=8080 COOKIE_SECRET=${PLANTED}-of-node
Restart=always
`;

export const program: PolicyProgram = {
  why: "A Node.js service as everybody writes it: its 511 is enough for whoever declared nothing.",
  run: () => {
    new aws.ec2.Instance("node-service-1", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t4g.small",
      userData: [
        "#cloud-config",
        "packages: [nodejs, npm]",
        "write_files:",
        "  - path: /etc/systemd/system/app.service",
        "    encoding: b64",
        `    content: ${Buffer.from(unit).toString("base64")}`,
        "runcmd:",
        "  - systemctl enable --now app",
        "",
      ].join("\n"),
    });
  },
  expected: [],
};
