import { Anything } from "../../support/anything";

export const program = () => {
  for (const name of ["exemptions-together-legacy", "exemptions-together-expired"]) {
    new Anything("aws:ec2/instance:Instance", name, {
      ami: "ami-1",
      userDataReplaceOnChange: true,
      userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
    });
  }
};
