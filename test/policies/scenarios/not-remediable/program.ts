import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("aws:ec2/instance:Instance", "not-remediable-web", {
    ami: "ami-1",
    userDataReplaceOnChange: true,
    userData:
      "#!/bin/sh\nif true; then sysctl -w net.core.somaxconn=1; fi\nsysctl -w net.ipv4.tcp_syncookies=0\n",
  });
};
