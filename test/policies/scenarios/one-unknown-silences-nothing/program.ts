import { Anything } from "../../support/anything";

export const program = () => {
  const team = new Anything("aws:s3/bucket:Bucket", "one-unknown-silences-nothing-team", {});
  new Anything("aws:ec2/instance:Instance", "one-unknown-silences-nothing-web", {
    ami: team.id,
    subnetId: team.id,
    userDataReplaceOnChange: true,
    tags: { Name: team.id, "listen-backlog:services": "nginx:80:4096" },
    userData:
      "#!/bin/sh\necho net.core.somaxconn=1024 > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n",
  });
};
