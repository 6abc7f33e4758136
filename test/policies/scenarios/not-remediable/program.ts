import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  new Resource("aws:ec2/instance:Instance", "web", {
    ami: "ami-1",
    userDataReplaceOnChange: true,
    userData:
      "#!/bin/sh\nif true; then sysctl -w net.core.somaxconn=1; fi\nsysctl -w net.ipv4.tcp_syncookies=0\n",
  });
}
