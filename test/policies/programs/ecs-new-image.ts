import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The repository is made in the same stack, so its address and all of the container definitions are not known yet. One line, and it is judged at the update.",
  run: () => {
    const repository = new aws.ecr.Repository("ecs-new-image-repo");
    new aws.ecs.TaskDefinition("ecs-new-image-api", {
      family: "api",
      networkMode: "awsvpc",
      tags: { "listen-backlog:services": "api:8000:8192" },
      containerDefinitions: pulumi.jsonStringify([
        {
          name: "api",
          image: pulumi.interpolate`${repository.repositoryUrl}:latest`,
          portMappings: [{ containerPort: 8000 }],
        },
      ]),
    });
  },
  expected: [
    {
      policy: "backlog-can-be-judged",
      resource: "ecs-new-image-api",
      level: "advisory",
      says: ["containerDefinitions", "update"],
    },
  ],
};
