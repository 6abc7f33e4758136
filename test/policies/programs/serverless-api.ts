import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Nothing of ours listens.",
  run: () => {
    const role = new aws.iam.Role("serverless-api-role", {
      assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
    });
    const handler = new aws.lambda.Function("serverless-api-handler", {
      role: role.arn,
      packageType: "Image",
      imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1",
      environment: { variables: { BACKLOG: "4096", TOKEN: `${PLANTED}-of-lambda` } },
    });
    const api = new aws.apigatewayv2.Api("serverless-api-http", { protocolType: "HTTP" });
    new aws.apigatewayv2.Integration("serverless-api-integration", {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: handler.arn,
    });
  },
  expected: [],
};
