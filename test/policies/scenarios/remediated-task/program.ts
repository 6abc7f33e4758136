import * as aws from "@pulumi/aws";
import { secret } from "@pulumi/pulumi";

export const program = () => {
  new aws.ecs.TaskDefinition("remediated-task-cache", {
    family: "cache",
    networkMode: "awsvpc",
    tags: { "listen-backlog:services": "redis:6379:8192" },
    containerDefinitions: secret(
      JSON.stringify([
        {
          name: "redis",
          image: "redis:7",
          environment: [{ name: "PASSWORD", value: "hunter2-of-remediated" }],
          systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }],
        },
      ]),
    ),
  });
};
