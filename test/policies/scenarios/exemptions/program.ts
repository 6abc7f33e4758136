import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  for (const name of ["legacy-1", "expired-1"]) {
    new Resource("aws:ec2/instance:Instance", name, {
      ami: "ami-1",
      userDataReplaceOnChange: true,
      userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
    });
  }
}
