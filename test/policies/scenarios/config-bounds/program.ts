import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("aws:ec2/instance:Instance", "config-bounds-web-1", {
    ami: "ami-1",
    userData:
      "#!/bin/sh\necho net.core.somaxconn=131072 > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n",
  });
};
