import type { PolicyResource } from "@pulumi/policy";
import { Properties } from "./property";

/** The servers of which it can be told that an association does not meet them: others get tags elsewhere too, or ids. */
const INSTANCE = "aws:ec2/instance:Instance";

/**
 * Whether an association of Systems Manager may run on a server, by its targets: a server must be among all of them. What is not
 * known, or not plain, may be: a server is left out only where it is certain.
 */
export function mayMeet(association: PolicyResource): (server: PolicyResource) => boolean {
  const properties = Properties.of(association.props);
  const targets = properties.list("targets");
  const single = properties.text("instanceId");
  if (single !== undefined) {
    return (server) => hasId(server, [single]);
  }
  const instances = instancesAimedAt(association, targets);
  return (server) =>
    server.type !== INSTANCE ||
    targets.every((target) => {
      const key = target.text("key") ?? "";
      const values = target.texts("values");
      const isKnown = !target.isUnknown("values") && target.at("values")?.keys().length === values.length;
      if (!isKnown) {
        return instances === undefined || instances.has(server.urn);
      }
      if (/^InstanceIds$/i.test(key)) {
        return hasId(server, values);
      }
      const [, tag] = /^tag:(.+)$/.exec(key) ?? [];
      return tag === undefined || hasTag(server, tag, values);
    });
}

/** The instances whose ids are the targets, if there is nothing else that the targets wait for. */
function instancesAimedAt(
  { propertyDependencies }: PolicyResource,
  targets: readonly Properties[],
): ReadonlySet<string> | undefined {
  const awaited = propertyDependencies["targets"] ?? [];
  const isByIds = targets.length > 0 && targets.every((target) => target.text("key") === "InstanceIds");
  return isByIds && awaited.length > 0 && awaited.every(({ type }) => type === INSTANCE)
    ? new Set(awaited.map(({ urn }) => urn))
    : undefined;
}

/** A server that is not made yet has an id that nobody knows. */
function hasId(server: PolicyResource, ids: readonly string[]): boolean {
  const id = Properties.of(server.props).text("id");
  return id === undefined || ids.includes("*") || ids.includes(id);
}

/** A provider may give tags to all that it makes. */
function hasTag({ props, provider }: PolicyResource, tag: string, values: readonly string[]): boolean {
  const properties = Properties.of(props);
  const tags = [properties.at("tagsAll"), properties.at("tags")];
  const found = tags.map((some) => some?.text(tag)).find((value) => value !== undefined);
  if (found !== undefined) {
    return values.includes(found);
  }
  const isOpen =
    properties.isUnknown("tags") || tags.some((some) => some?.isUnknown(tag)) || provider === undefined;
  return isOpen || Object.hasOwn(provider.props, "defaultTags");
}
