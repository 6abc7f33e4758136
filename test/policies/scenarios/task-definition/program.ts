import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  const image = new Resource("aws:ecr/repository:Repository", "nginx", {});
  new Resource("aws:ecs/taskDefinition:TaskDefinition", "web", {
    family: "web",
    networkMode: "awsvpc",
    containerDefinitions: image.id.apply((id) => JSON.stringify([{ name: "nginx", image: id }])),
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });
}
