import * as command from "@pulumi/command";
import { secret } from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

export const program = () => {
  const web = new aws.ec2.Instance("verified-by-command-web", {
    ami: "ami-0123456789abcdef0",
    instanceType: "t3.small",
    userDataReplaceOnChange: true,
    tags: { "listen-backlog:services": "api:8000:16384" },
    userData: "#!/bin/sh\necho 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf\nsysctl --system\n",
  });
  new command.remote.Command("verified-by-command-look", {
    connection: { host: web.publicIp, user: "admin", privateKey: secret("hunter2-of-connection") },
    create: "ss -Hltn sport = :8000",
    triggers: [web.id],
  });
};
