import * as aws from "@pulumi/aws";

import { server } from "../../support/server";

export const program = () => {
  const key = new aws.kms.Key("unknown-tags-known-user-data-key", {});
  server(
    "unknown-tags-known-user-data-api",
    `#!/bin/sh
echo 'net.core.somaxconn = 1024' > /etc/sysctl.d/10-api.conf
sysctl --system
memcached -d -b 8192
`,
    { tags: { Key: key.arn, "listen-backlog:services": key.arn.apply(() => "redis:6379:511") } },
  );
};
