import type { ProviderFunction } from "../../../../lab/providers/rpc/provider";
import type { Properties } from "../../../../lab/providers/rpc/value";

const fixed = (result: Properties): ProviderFunction => ({ check: () => [], call: () => result });

/** The functions that programs of the tests call. Another one is refused by its name. */
export const FUNCTIONS: Readonly<Record<string, ProviderFunction>> = {
  "aws:ec2/getAmi:getAmi": fixed({ id: "ami-0123456789abcdef0", architecture: "x86_64" }),
  "aws:ssm/getParameter:getParameter": fixed({ value: "ami-0123456789abcdef0", type: "String" }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": fixed({ names: ["eu-west-1a", "eu-west-1b"] }),
};
