import { Anything } from "../../support/anything";

export const program = () => {
  const image = new Anything("aws:ecr/repository:Repository", "task-definition-nginx", {});
  new Anything("aws:ecs/taskDefinition:TaskDefinition", "task-definition-web", {
    family: "web",
    networkMode: "awsvpc",
    containerDefinitions: image.id.apply((id) => JSON.stringify([{ name: "nginx", image: id }])),
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });
};
