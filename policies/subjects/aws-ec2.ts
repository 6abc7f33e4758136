import type { UserDataChange } from "../../backlog";
import type { Properties } from "../property";
import { declaredByTags, together, type Declared } from "./declared";
import type { HostFacts, Resource, Subject, SubjectReader } from "./subject";
import { hostOfUserData, NOTHING_SET } from "./user-data";

/** Instances and spot requests: user data as text or as base64, in two properties. */
export const readInstance: SubjectReader = (resource, properties) => [
  server(
    hostOfUserData(
      properties.text("userData") ?? properties.text("userDataBase64"),
      changeOf(resource, properties),
    ),
    declaredByTags(properties),
  ),
];

/** A changed launch configuration is another one, and so is a changed Lightsail instance. */
export const readImmutable: SubjectReader = (_, properties) => [
  server(
    hostOfUserData(properties.text("userData") ?? properties.text("userDataBase64")),
    declaredByTags(properties),
  ),
];

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
      together(
        ...(data?.list("tagSpecifications") ?? []).map((tags) => declaredByTags(tags)),
        ...properties.list("tagSpecifications").map((tags) => declaredByTags(tags)),
      ),
    ),
  ];
};

/** A fleet may bring several machines, each with user data of its own. */
export const readSpotFleet: SubjectReader = (_, properties) => {
  const declared = declaredByTags(properties);
  const specifications = properties.list("launchSpecifications");
  if (properties.isUnknown("launchSpecifications")) {
    return [server(NOTHING_SET, declared)];
  }
  return specifications.map((specification, index) => ({
    ...server(
      hostOfUserData(specification.text("userData")),
      together(declaredByTags(specification), declared),
    ),
    within: `launchSpecifications[${index}]`,
  }));
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
