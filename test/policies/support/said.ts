import type { Policies } from "@pulumi/policy";

import { analyze, analyzeStack, type Resource } from "./analyzer";
import type { Reported } from "./expected";

/** Everything that policies say of a resource, alone and as the only one of its stack: in a preview, by the functions of the SDK's server. */
export async function saidOf(policies: Policies, resource: Resource & { name: string }): Promise<Reported[]> {
  const said = await Promise.all(
    policies.map(async (policy) => {
      const alone = await analyze([policy], resource);
      const inStack = await analyzeStack([policy], [resource]);
      return [...alone.violations, ...inStack.violations].map(({ level, message }) => ({
        policy: policy.name,
        resource: resource.name,
        level: level === "mandatory" ? level : ("advisory" as const),
        message,
      }));
    }),
  );
  return said.flat();
}
