import type { ResourceValidationArgs } from "@pulumi/policy";

/**
 * Ends the judgement of a resource that a policy has nothing to do with. The SDK does so by an exception, most resources end
 * so for most policies, and nobody ever looks at where it was thrown: finding that out is most of what it costs.
 */
export function notApplicable(args: Pick<ResourceValidationArgs, "notApplicable">, reason: string): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    args.notApplicable(reason);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
