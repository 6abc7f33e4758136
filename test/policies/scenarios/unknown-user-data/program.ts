import { interpolate } from "@pulumi/pulumi";
import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  const bucket = new Resource("aws:s3/bucket:Bucket", "config", {});
  new Resource("aws:ec2/instance:Instance", "web", {
    ami: "ami-1",
    userDataReplaceOnChange: true,
    userData: interpolate`#!/bin/sh
aws s3 cp s3://${bucket.id}/app.conf /etc/app.conf
sysctl -w net.core.somaxconn=8192
`,
  });
}
