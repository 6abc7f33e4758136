import * as aws from "@pulumi/aws";

const userData = (somaxconn: number) =>
  Buffer.from(
    `#!/bin/sh\necho 'net.core.somaxconn = ${somaxconn}' > /etc/sysctl.d/10-web.conf\nsysctl --system\n`,
  ).toString("base64");

const tags = [
  { key: "Name", value: "web", propagateAtLaunch: true },
  { key: "listen-backlog:services", value: "nginx:80:8192", propagateAtLaunch: true },
];

export const program = (step: number) => {
  const template = new aws.ec2.LaunchTemplate("template-of-group-base", {
    imageId: "ami-0123456789abcdef0",
    userData: userData(step === 0 ? 5000 : 16384),
  });
  new aws.autoscaling.Group("template-of-group-web", {
    minSize: 2,
    maxSize: 6,
    launchTemplate: { id: template.id, version: "$Latest" },
    tags,
  });
  new aws.autoscaling.Group("template-of-group-elsewhere", {
    minSize: 2,
    maxSize: 6,
    launchTemplate: { id: "lt-0abc", version: "$Latest" },
    tags,
  });
};
