/** The type strings that policies match. Strings, so that the pack needs none of the packages that they come from. */
export const TUNED_SERVER = "listen-backlog:index:TunedServer";
export const EC2_INSTANCE = "aws:ec2/instance:Instance";
export const REMOTE_COMMAND = "command:remote:Command";

/** Whether a resource is a child of a TunedServer: its URN then names the type of the parent before its own. */
export function isPartOfTunedServer(urn: string): boolean {
  // urn:pulumi:STACK::PROJECT::TYPES::NAME: only the types count, a name may hold anything.
  return urn.split("::")[2]?.includes(`${TUNED_SERVER}$`) === true;
}
