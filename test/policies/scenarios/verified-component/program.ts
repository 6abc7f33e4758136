import { secret } from "@pulumi/pulumi";

import { TunedServer } from "../../../../components";

export const program = () => {
  new TunedServer("verified-component-web", {
    ami: "ami-0123456789abcdef0",
    instanceType: "t3.small",
    services: [{ name: "nginx", backlog: 8192 }],
    userData: "#!/bin/sh\nexport TOKEN=hunter2-of-component\n",
    ssh: { user: "admin", privateKey: secret("hunter2-of-component-key") },
  });
};
