import * as aws from "@pulumi/aws";
import { interpolate, secret } from "@pulumi/pulumi";

import { server } from "../../support/server";

export const program = () => {
  const database = new aws.rds.Instance("unknown-then-fine-db", {
    engine: "postgres",
    instanceClass: "db.t4g.small",
    password: secret("hunter2-of-db"),
  });
  server(
    "unknown-then-fine-api",
    interpolate`#!/bin/sh
echo 'net.core.somaxconn = 16384' > /etc/sysctl.d/10-api.conf
sysctl --system
/opt/api/start --database ${database.endpoint}
`,
  );
};
