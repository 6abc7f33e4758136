import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The cloud runs the servers.",
  run: () => {
    const parameters = new aws.rds.ParameterGroup("managed-databases-parameters", {
      family: "postgres16",
      parameters: [{ name: "max_connections", value: "500" }],
    });
    new aws.rds.Instance("managed-databases-postgres", {
      engine: "postgres",
      instanceClass: "db.m7g.large",
      allocatedStorage: 100,
      parameterGroupName: parameters.name,
      username: "admin",
      password: pulumi.secret(`${PLANTED}-of-rds`),
    });
    const redis = new aws.elasticache.ParameterGroup("managed-databases-redis-parameters", {
      family: "redis7",
      parameters: [{ name: "maxmemory-policy", value: "allkeys-lru" }],
    });
    new aws.elasticache.ReplicationGroup("managed-databases-redis", {
      description: "sessions",
      nodeType: "cache.r7g.large",
      parameterGroupName: redis.name,
      authToken: pulumi.secret(`${PLANTED}-of-elasticache`),
    });
  },
  expected: [],
};
