import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("aws:ec2/instance:Instance", "remediated-web", {
    ami: "ami-1",
    userDataReplaceOnChange: true,
    userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
  });
  new Anything("aws:ecs/taskDefinition:TaskDefinition", "remediated-task", {
    networkMode: "awsvpc",
    containerDefinitions: JSON.stringify([{ name: "nginx", image: "nginx" }]),
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });
};
