import * as aws from "@pulumi/aws";
import type { Input } from "@pulumi/pulumi";

/** An instance with this user data, which is replaced when the user data changes, unless the scenario says otherwise. */
export function server(
  name: string,
  userData: Input<string> | undefined,
  more: Partial<aws.ec2.InstanceArgs> = {},
): aws.ec2.Instance {
  return new aws.ec2.Instance(name, {
    ami: "ami-0123456789abcdef0",
    instanceType: "t3.small",
    userData,
    userDataReplaceOnChange: true,
    ...more,
  });
}
