import { Component, Anything } from "../../support/anything";

const bad = {
  ami: "ami-1",
  userDataReplaceOnChange: true,
  userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
};

export const program = () => {
  const theirs = new Component("shop:index:WebServer", "through-a-component-shop");
  new Anything("aws:ec2/instance:Instance", "through-a-component-theirs", bad, { parent: theirs });
  const ours = new Component("listen-backlog:index:TunedServer", "through-a-component-tuned", {
    services: [{ name: "nginx", software: "nginx", port: 80, backlog: 4096 }],
    settings: { somaxconn: 1024 },
    sysctl: { "net.core.somaxconn": "1024" },
  });
  new Anything("aws:ec2/instance:Instance", "through-a-component-tuned", bad, { parent: ours });
  new Anything("aws:ec2/instance:Instance", "through-a-component-stowaway", bad, { parent: ours });
};
