/** The type strings that policies match. Strings, so that the pack needs none of the packages that they come from. */
export const TUNED_SERVER = "listen-backlog:index:TunedServer";
export const TUNED_HOST = "listen-backlog:index:TunedHost";
export const BACKLOG_VERIFICATION = "listen-backlog:index:BacklogVerification";
export const REMOTE_COMMAND = "command:remote:Command";
export const SSM_DOCUMENT = "aws:ssm/document:Document";
export const SSM_ASSOCIATION = "aws:ssm/association:Association";

/** The components of this package: each shows its declaration to policies, and its children are judged through it. */
export const COMPONENTS: readonly string[] = [TUNED_SERVER, TUNED_HOST, BACKLOG_VERIFICATION];

/** What our components make that policies would read, by the name of the component. Whatever else has one as its parent is somebody's own. */
const PARTS: ReadonlyMap<string, (component: string) => readonly string[]> = new Map([
  ["aws:ec2/instance:Instance", (component: string) => [component]],
  [REMOTE_COMMAND, (component: string) => [`${component}-verify`, `${component}-apply`]],
]);

/** Where a resource stands. */
interface Place {
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  /** The URN of its parent. Default: not known. */
  readonly parent?: string | undefined;
}

/** Whether one of our components made a resource: the URN names the type of the parent before its own, and the name says the rest. */
export function isPartOfComponent({ type, urn, name, parent }: Place): boolean {
  // Asked of every resource by every policy, and most are nobody's child.
  if (!urn.includes("$")) {
    return false;
  }
  // urn:pulumi:STACK::PROJECT::TYPES::NAME: only the types count, a name may hold anything.
  const above = urn.split("::")[2]?.split("$").at(-2) ?? "";
  if (!COMPONENTS.includes(above)) {
    return false;
  }
  const component = parent?.split("::").slice(3).join("::") ?? "";
  return component === "" || PARTS.get(type)?.(component).includes(name) === true;
}
