import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const haproxy = `defaults
  mode http
  timeout connect 5s
frontend www
  bind *:443 ssl crt /etc/ssl/site.pem
  backlog 16384
  default_backend app
`;

const cloudConfig = `#cloud-config
packages: [haproxy]
write_files:
  - path: /etc/haproxy/haproxy.cfg
    encoding: b64
    content: ${Buffer.from(haproxy).toString("base64")}
  - path: /etc/sysctl.d/60-net.conf
    content: "net.core.somaxconn = 4096\\n"
runcmd:
  - sysctl --system
  - systemctl restart haproxy
`;

export const program: PolicyProgram = {
  why: "HAProxy's file, base64 in base64, asks for 16384; somaxconn is set to 4096. The template is judged, its group is not judged again.",
  run: () => {
    const template = new aws.ec2.LaunchTemplate("haproxy-fleet-template", {
      imageId: "ami-0123456789abcdef0",
      instanceType: "c6in.xlarge",
      userData: Buffer.from(cloudConfig).toString("base64"),
      updateDefaultVersion: true,
    });
    new aws.autoscaling.Group("haproxy-fleet-group", {
      minSize: 2,
      maxSize: 4,
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 50 } },
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "haproxy-fleet-template",
      level: "mandatory",
      says: ["haproxy", "16384", "4096"],
    },
    { policy: "backlog-is-verified", resource: "haproxy-fleet-template", level: "advisory", says: [] },
  ],
};
