import * as aws from "@pulumi/aws";

export const program = () => {
  new aws.ecs.TaskDefinition("containers-task-too-low-cache", {
    family: "cache",
    networkMode: "awsvpc",
    tags: { "listen-backlog:services": "redis:6379:8192" },
    containerDefinitions: JSON.stringify([
      {
        name: "redis",
        image: "redis:7",
        environment: [{ name: "REDIS_PASSWORD", value: "hunter2-of-task" }],
        systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }],
      },
    ]),
  });
};
