import { secret } from "@pulumi/pulumi";

import { TunedServer } from "../../../../components";
import { pem } from "../../support/pem";

export const program = () => {
  new TunedServer("verified-component-web", {
    ami: "ami-0123456789abcdef0",
    instanceType: "t3.small",
    services: [{ name: "nginx", backlog: 8192 }],
    userData: "#!/bin/sh\nexport TOKEN=hunter2-of-component\n",
    ssh: { user: "admin", privateKey: secret(pem("hunter2-of-component-key")) },
  });
};
