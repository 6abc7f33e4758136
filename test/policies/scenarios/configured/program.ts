import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  new Resource("aws:ec2/instance:Instance", "web-1", {
    ami: "ami-1",
    userData:
      "#!/bin/sh\necho net.core.somaxconn=131072 > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n",
  });
}
