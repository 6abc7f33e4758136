import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Declared and set, in the task where it belongs.",
  run: () => {
    new aws.ecs.TaskDefinition("ecs-controls-cache", {
      family: "cache",
      cpu: "1024",
      memory: "8192",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      tags: { Team: "data", "listen-backlog:services": "redis:6379:8192" },
      containerDefinitions: JSON.stringify([
        {
          name: "redis",
          image: "redis:7",
          command: ["redis-server", "--tcp-backlog", "8192", "--requirepass", `${PLANTED}-of-cache`],
          systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
        },
      ]),
    });
  },
  expected: [],
};
