import * as aws from "@pulumi/aws";

export const program = () => {
  new aws.ecs.TaskDefinition("containers-task-set-cache", {
    family: "cache",
    networkMode: "awsvpc",
    tags: { "listen-backlog:services": "redis:6379:8192" },
    containerDefinitions: JSON.stringify([
      {
        name: "redis",
        image: "redis:7",
        systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
      },
    ]),
  });
};
