import { interpolate, output, secret } from "@pulumi/pulumi";

import { Anything } from "../../support/anything";
import { server } from "../../support/server";

const DECLARED = "nginx:80:8192";
const tags = { "listen-backlog:services": DECLARED };

const sets = (somaxconn: number) =>
  `#!/bin/sh\nexport TOKEN=hunter2-of-odd-inputs\necho net.core.somaxconn=${somaxconn} > /etc/sysctl.d/60-a.conf\nsysctl -p /etc/sysctl.d/60-a.conf\n`;

export const program = () => {
  const bucket = new Anything("aws:s3/bucket:Bucket", "odd-inputs-files", {});

  server("odd-inputs-secret", secret(sets(1024)), {
    tags: { Team: secret("hunter2-team"), "listen-backlog:services": secret(DECLARED) },
  });
  server("odd-inputs-nested", output(output(Promise.resolve(output(sets(1024))))), { tags });
  server("odd-inputs-größe\u202e", sets(1024), { tags });
  server("odd-inputs-inherits", sets(1024), {
    tags: JSON.parse(
      `{ "__proto__": { "a": "b" }, "constructor": "x", "listen-backlog:services": "${DECLARED}" }`,
    ) as Record<string, string>,
  });
  const options = { transforms: [({ props, opts }: { props: object; opts: object }) => ({ props: { ...props, userData: sets(1024) }, opts })] }; // prettier-ignore
  new Anything(
    "aws:ec2/instance:Instance",
    "odd-inputs-transformed",
    { ami: "ami-1", userData: sets(8192), userDataReplaceOnChange: true, tags },
    options,
  );

  new Anything("aws:ssm/document:Document", "odd-inputs-deep", {
    content: "[".repeat(30_000) + "]".repeat(30_000),
  });
  new Anything("aws:ec2/spotFleetRequest:SpotFleetRequest", "odd-inputs-fleet", {
    launchSpecifications: [bucket.id.apply((ami) => ({ ami })), { ami: "ami-1", userData: sets(1024) }],
    tags,
  });
  new Anything("gcp:compute/instance:Instance", "odd-inputs-both", {
    metadata: {
      "user-data": interpolate`#cloud-config\nbootcmd: [echo ${bucket.id}]\n`,
      "listen-backlog-services": DECLARED,
    },
    metadataStartupScript: "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n",
  });
  new Anything("azure-native:compute/v20230301:VirtualMachine", "odd-inputs-custom", {
    osProfile: { customData: bucket.id },
    userData: Buffer.from(sets(1024)).toString("base64"),
    tags,
  });
  new Anything("aws:ecs/taskDefinition:TaskDefinition", "odd-inputs-cased", {
    networkMode: "awsvpc",
    containerDefinitions: JSON.stringify([
      { Name: "nginx", SystemControls: [{ Namespace: "net.core.somaxconn", Value: "8192" }] },
    ]),
    tags,
  });
  new Anything("kubernetes:apps/v1:Deployment", "odd-inputs-awaited", {
    metadata: { annotations: { "listen-backlog/services": interpolate`nginx:80:${bucket.id}` } },
    spec: { template: { spec: { containers: [{ name: "nginx", image: "nginx" }] } } },
  });
};
