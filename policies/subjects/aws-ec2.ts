import type { UserDataChange } from "../../backlog";
import type { Properties } from "../property";
import { declaredByTags, together, type Declared } from "./declared";
import type { HostFacts, Resource, Subject, SubjectReader } from "./subject";
import { hostOfScript, hostOfUserData, isThere, NOTHING_SET } from "./user-data";

/** Instances and spot requests: user data as text or as base64, in two properties, or in the launch template. */
export const readInstance: SubjectReader = (resource, properties) => {
  const userData = userDataOf(properties);
  const declared = declaredByTags(properties);
  const isAwaited = properties.isUnknown("userData") || properties.isUnknown("userDataBase64");
  return userData === undefined && !isAwaited && namesTemplate(properties, "launchTemplate")
    ? [{ ...ofTemplate(declared), isServer: true }]
    : [server(hostOfUserData(userData, changeOf(resource, properties)), declared)];
};

/** Where groups, fleets and instances name the one template that they have, in both providers. */
export const NAMING_ONE = ["launchTemplate", "launchConfiguration", "launchConfigurationName", "computeResources"]; // prettier-ignore
/** The same where there may be several, of which a machine has one. */
export const NAMING_SEVERAL = ["mixedInstancesPolicy", "launchTemplateConfigs", "spotFleetRequestConfigData"];

/** Groups of machines that have a template: what a tag on them declares is judged with the template. */
export const readGroup: SubjectReader = (_, properties) => {
  const declared = declaredByTags(properties);
  return [NAMING_ONE, NAMING_SEVERAL].flat().some((name) => namesTemplate(properties, name))
    ? [ofTemplate(declared)]
    : [{ ...server(NOTHING_SET, declared), isServer: false }];
};

/** A compute environment of Batch may have none, and an empty list names none. */
function namesTemplate(properties: Properties, name: string): boolean {
  return name === "computeResources" && properties.has(name)
    ? properties.at(name)?.has("launchTemplate") !== false
    : properties.has(name) && !properties.isEmpty(name);
}

function ofTemplate(declared: Declared): Subject {
  return { dialect: "sysctl.d", ...declared, isOfTemplate: true, isServer: false };
}

/** A changed launch configuration is another one. */
export const readImmutable: SubjectReader = (_, properties) => [
  server(hostOfUserData(userDataOf(properties)), declaredByTags(properties)),
];

/** As text or as base64, whichever says something. */
function userDataOf(properties: Properties): string | undefined {
  return ["userData", "userDataBase64"].map((name) => properties.text(name)).find(isThere);
}

/** Lightsail puts the launch script behind a first line of its own, so that `#!` is not needed. */
export const readLightsail: SubjectReader = (_, properties) => {
  const script = properties.text("userData");
  const isBare = script !== undefined && !/^\s*(?:#|Content-Type:|MIME-Version:)/i.test(script);
  return [server(isBare ? hostOfScript([script]) : hostOfUserData(script), declaredByTags(properties))];
};

/** A launch template also carries the tags that its instances get. */
export const readLaunchTemplate: SubjectReader = (_, properties) => [
  server(
    hostOfUserData(properties.text("userData")),
    together(
      declaredByTags(properties),
      ...properties
        .list("tagSpecifications")
        .filter((tags) => tags.text("resourceType") === "instance")
        .map((tags) => declaredByTags(tags)),
    ),
  ),
];

/** The same resource of the other provider, with all that counts one level down. */
export const readNativeLaunchTemplate: SubjectReader = (_, properties) => {
  const data = properties.at("launchTemplateData");
  return [
    server(
      hostOfUserData(data?.text("userData")),
      together(...declaredByTagLists(data), ...declaredByTagLists(properties)),
    ),
  ];
};

/** A fleet may bring several machines, or a template. Those with the same user data, on several instance types, are one. */
export const readSpotFleet: SubjectReader = (_, properties) => {
  const declared = declaredByTags(properties);
  const specifications = properties.places("launchSpecifications");
  if (properties.isUnknown("launchSpecifications")) {
    return [server(NOTHING_SET, declared)];
  }
  if (namesTemplate(properties, "launchTemplateConfigs")) {
    return [ofTemplate(declared)];
  }
  const machines = new Map<string, { readonly subject: Subject; readonly places: string[] }>();
  for (const [specification, place] of specifications) {
    const userData = specification.text("userData");
    // Tags with one provider, lists of them with the other.
    const all = together(declaredByTags(specification), ...declaredByTagLists(specification), declared);
    const key = JSON.stringify([userData, all]);
    const known = machines.get(key) ?? { subject: server(hostOfUserData(userData), all), places: [] };
    known.places.push(place);
    machines.set(key, known);
  }
  return [...machines.values()].map(({ subject, places }) => ({ ...subject, within: places.join(", ") }));
};

/** What lists of tags declare, each of which is for a kind of resource. */
function declaredByTagLists(properties: Properties | undefined): Declared[] {
  return (properties?.list("tagSpecifications") ?? []).map((tags) => declaredByTags(tags));
}

/** The same of the other provider, one level down. */
export const readNativeSpotFleet: SubjectReader = (resource, properties) => {
  const fleet = properties.at("spotFleetRequestConfigData");
  return fleet === undefined ? [] : readSpotFleet(resource, fleet);
};

function server(host: HostFacts, declared: Declared): Subject {
  return { dialect: "sysctl.d", ...declared, host, isServer: true };
}

function changeOf({ ignoreChanges = [] }: Resource, properties: Properties): UserDataChange {
  if (ignoreChanges.some((name) => name === "userData" || name === "userDataBase64" || name === "*")) {
    return "is-ignored";
  }
  const replaces = properties.flag("userDataReplaceOnChange");
  return replaces === true || properties.isUnknown("userDataReplaceOnChange") ? "replaces" : "does-nothing";
}
