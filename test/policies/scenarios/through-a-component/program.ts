import { Component, Resource } from "../../../e2e/support/policies/scenarios";

const bad = {
  ami: "ami-1",
  userDataReplaceOnChange: true,
  userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
};

export function program(): void {
  const theirs = new Component("shop:index:WebServer", "shop");
  new Resource("aws:ec2/instance:Instance", "theirs", bad, { parent: theirs });
  const ours = new Component("listen-backlog:index:TunedServer", "tuned", {
    services: [{ name: "nginx", software: "nginx", port: 80, backlog: 4096 }],
    settings: { somaxconn: 1024 },
    sysctl: { "net.core.somaxconn": "1024" },
  });
  new Resource("aws:ec2/instance:Instance", "ours", bad, { parent: ours });
}
