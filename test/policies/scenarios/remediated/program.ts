import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  new Resource("aws:ec2/instance:Instance", "web", {
    ami: "ami-1",
    userDataReplaceOnChange: true,
    userData: "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n",
  });
  new Resource("aws:ecs/taskDefinition:TaskDefinition", "task", {
    networkMode: "awsvpc",
    containerDefinitions: JSON.stringify([{ name: "nginx", image: "nginx" }]),
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });
}
