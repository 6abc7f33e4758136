import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A task has a network namespace of its own, which begins with 4096: 16384 needs systemControls, whatever the host has.",
  run: () => {
    new aws.ecs.TaskDefinition("ecs-queue-ingest", {
      family: "ingest",
      cpu: "1024",
      memory: "2048",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      tags: { "listen-backlog:services": "nginx:80:16384" },
      containerDefinitions: JSON.stringify([
        {
          name: "ingest",
          image: "example/ingest:4",
          secrets: [{ name: "TOKEN", valueFrom: "arn:aws:ssm:eu-west-1:123456789012:parameter/token" }],
          command: ["serve", "--token", `${PLANTED}-of-ingest`],
        },
      ]),
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "ecs-queue-ingest",
      level: "mandatory",
      says: ["nginx", "16384", "4096", "systemControls"],
    },
  ],
};
