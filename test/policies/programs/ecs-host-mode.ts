import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "In the host's network there is nothing of its own to set: ECS refuses such a task.",
  run: () => {
    new aws.ecs.TaskDefinition("ecs-host-mode-proxy", {
      family: "proxy",
      networkMode: "host",
      requiresCompatibilities: ["EC2"],
      containerDefinitions: JSON.stringify([
        {
          name: "envoy",
          image: "envoyproxy/envoy:v1.31-latest",
          memory: 512,
          systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
        },
      ]),
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "ecs-host-mode-proxy",
      level: "mandatory",
      says: ["network of the host", "net.core.somaxconn"],
    },
  ],
};
