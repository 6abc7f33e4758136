import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "An ordinary service on Fargate: nothing declared, nothing tuned.",
  run: () => {
    const cluster = new aws.ecs.Cluster("ecs-web-cluster");
    const task = new aws.ecs.TaskDefinition("ecs-web-task", {
      family: "web",
      cpu: "512",
      memory: "1024",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: JSON.stringify([
        {
          name: "nginx",
          image: "public.ecr.aws/nginx/nginx:1.27",
          portMappings: [{ containerPort: 80 }],
          environment: [{ name: "STRIPE_KEY", value: `${PLANTED}-of-stripe` }],
        },
      ]),
    });
    new aws.ecs.Service("ecs-web-service", {
      cluster: cluster.arn,
      taskDefinition: task.arn,
      desiredCount: 3,
      launchType: "FARGATE",
      networkConfiguration: { subnets: ["subnet-0a"], assignPublicIp: false },
    });
  },
  expected: [],
};
