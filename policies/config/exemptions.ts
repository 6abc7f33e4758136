import type { PolicyName } from "../names";
import { meansResource, type Named } from "./glob";
import type { Exemption } from "./settings";

/** An exemption that kept a policy from refusing a resource. */
export interface UsedExemption {
  readonly exemption: Exemption;
  readonly policy: PolicyName;
  readonly urn: string;
  readonly name: string;
}

/** Whether an exemption is about a policy on a resource, whatever the day. */
function isAbout({ policy, pattern }: Exemption, name: PolicyName, resource: Named): boolean {
  return (policy === undefined || policy === name) && meansResource(pattern, resource);
}

/** Whether an exemption still holds: through its last day, in UTC. */
export function isInForce({ expires }: Exemption, now: Date): boolean {
  return now.toISOString().slice(0, 10) <= expires;
}

/** The exemptions of a pack, and what became of each in one preview or update. */
export class Exemptions {
  private readonly given = new Map<string, Exemption>();
  private readonly uses = new Map<string, UsedExemption>();
  private readonly touched = new Set<string>();

  constructor(private readonly now: () => Date) {}

  /** Makes exemptions known, so that one that is never used can be told. */
  add(exemptions: readonly Exemption[]): void {
    for (const exemption of exemptions) {
      this.given.set(JSON.stringify(exemption), exemption);
    }
  }

  /**
   * What exempts a finding of a policy on a resource, or has done so until it expired; undefined if nothing does. Use of it is
   * remembered.
   */
  exempting(
    exemptions: readonly Exemption[],
    policy: PolicyName,
    resource: Named,
  ): { readonly exemption: Exemption; readonly inForce: boolean } | undefined {
    const about = exemptions.filter((exemption) => isAbout(exemption, policy, resource));
    for (const exemption of about) {
      this.touched.add(JSON.stringify(exemption));
    }
    const valid = about.find((exemption) => isInForce(exemption, this.now()));
    if (valid !== undefined) {
      const { urn, name } = resource;
      this.uses.set(`${policy} ${urn}`, { exemption: valid, policy, urn, name });
      return { exemption: valid, inForce: true };
    }
    const [expired] = about;
    return expired && { exemption: expired, inForce: false };
  }

  /** What was used, in the order of use. */
  used(): readonly UsedExemption[] {
    return [...this.uses.values()];
  }

  /**
   * What was never needed. A pack may serve many stacks: an exemption whose URN begins with another one is not counted.
   * @param urns of the resources of the stack
   */
  unused(urns: readonly string[]): readonly Exemption[] {
    const stacks = new Set(urns.map((urn) => urn.split("::").slice(0, 2).join("::")));
    return [...this.given.entries()]
      .filter(([key, { pattern }]) => !this.touched.has(key) && concerns(pattern, stacks))
      .map(([, exemption]) => exemption);
  }
}

function concerns(pattern: string, stacks: ReadonlySet<string>): boolean {
  const [head, project] = pattern.split("::");
  if (project === undefined || head === undefined || /[*?]/.test(head + project)) {
    return true;
  }
  return stacks.has(`${head}::${project}`);
}
