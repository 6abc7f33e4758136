/** The type strings that policies match. Strings, so that the pack needs none of the packages that they come from. */
export const TUNED_SERVER = "listen-backlog:index:TunedServer";
export const TUNED_HOST = "listen-backlog:index:TunedHost";
export const BACKLOG_VERIFICATION = "listen-backlog:index:BacklogVerification";
export const REMOTE_COMMAND = "command:remote:Command";
export const SSM_DOCUMENT = "aws:ssm/document:Document";
export const SSM_ASSOCIATION = "aws:ssm/association:Association";

/** The components of this package: each shows its declaration to policies, and its children are judged through it. */
export const COMPONENTS: readonly string[] = [TUNED_SERVER, TUNED_HOST, BACKLOG_VERIFICATION];

/** Whether a resource is a child of one of our components: its URN then names the type of the parent before its own. */
export function isPartOfComponent(urn: string): boolean {
  // Asked of every resource by every policy, and most are nobody's child.
  if (!urn.includes("$")) {
    return false;
  }
  // urn:pulumi:STACK::PROJECT::TYPES::NAME: only the types count, a name may hold anything.
  const types = urn.split("::")[2]?.split("$") ?? [];
  return types.slice(0, -1).some((type) => COMPONENTS.includes(type));
}
