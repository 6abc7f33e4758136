import * as aws from "@pulumi/aws";

const userData =
  "#!/bin/sh\necho 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf\nsysctl --system\n";

export const program = () => {
  const template = new aws.ec2.LaunchTemplate("verified-by-nothing-template", {
    imageId: "ami-0123456789abcdef0",
    userData: Buffer.from(userData).toString("base64"),
    tags: { "listen-backlog:services": "api:8000:16384" },
  });
  new aws.ssm.Association("verified-by-nothing-agent", { name: "AWS-UpdateSSMAgent" });
  new aws.autoscaling.Group("verified-by-nothing-group", {
    minSize: 1,
    maxSize: 3,
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    instanceRefresh: { strategy: "Rolling" },
  });
};
