import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  const team = new Resource("aws:s3/bucket:Bucket", "team", {});
  new Resource("aws:ec2/instance:Instance", "web", {
    ami: team.id,
    subnetId: team.id,
    userDataReplaceOnChange: true,
    tags: { Name: team.id, "listen-backlog:services": "nginx:80:4096" },
    userData:
      "#!/bin/sh\necho net.core.somaxconn=1024 > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n",
  });
}
