import * as aws from "@pulumi/aws";
import { interpolate } from "@pulumi/pulumi";

import { server } from "../../support/server";

export const program = () => {
  const bucket = new aws.s3.Bucket("unknown-then-refused-files");
  server(
    "unknown-then-refused-api",
    interpolate`#!/bin/sh
aws s3 sync s3://${bucket.arn} /srv/api
sysctl -w net.core.somaxconn=16384
TOKEN=hunter2-of-bucket /srv/api/start
`,
  );
};
