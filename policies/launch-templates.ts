import type { PolicyResource } from "@pulumi/policy";
import { Properties } from "./property";
import { NAMING_ONE, NAMING_SEVERAL, TEMPLATES } from "./subjects";

const NAMING = [...NAMING_ONE, ...NAMING_SEVERAL];

/** Under what a template is named there. */
const NAMES = ["id", "name", "launchTemplateId", "launchTemplateName", "launchConfiguration", "launchConfigurationName"]; // prettier-ignore

/** No resource that is meant names its template deeper. */
const DEEPEST = 6;

/** Whether a resource names a template, as most do not. */
export function namesTemplate({ props }: PolicyResource): boolean {
  return NAMING.some((name) => Object.hasOwn(props, name));
}

/**
 * The launch templates and configurations of the stack that machines of a resource are made of; undefined where these are not plain.
 * Ids are not known before the first update, so that what a property waits for goes before what it says.
 */
export function templatesOf(
  resource: PolicyResource,
  all: readonly PolicyResource[],
): readonly PolicyResource[] | undefined {
  const awaited = (names: readonly string[]) =>
    names.flatMap((name) => resource.propertyDependencies[name] ?? []).filter(isTemplate);
  const { names, versions } = namedBy(Properties.of(resource.props));
  const ones = distinct(awaited(NAMING_ONE));
  const found = distinct([...ones, ...awaited(NAMING_SEVERAL)]);
  const isChosen = ones.length > 1;
  const templates =
    found.length === 0 || isChosen
      ? (isChosen ? ones : templatesAmong(all)).filter((one) => isNamed(one, names))
      : found;
  return templates.length === 0 ||
    !versions.every((version) =>
      version === "default"
        ? templates.every(isNewestByDefault)
        : templates.some((one) => isNewest(one, version)),
    )
    ? undefined
    : templates;
}

/** The templates of a stack, which every group and every instance of it is asked for: looking at all for each takes minutes. */
const templatesOfStacks = new WeakMap<readonly PolicyResource[], readonly PolicyResource[]>();

function templatesAmong(all: readonly PolicyResource[]): readonly PolicyResource[] {
  const templates = templatesOfStacks.get(all) ?? all.filter(isTemplate);
  templatesOfStacks.set(all, templates);
  return templates;
}

/** Whether machines are made of a resource. */
export function isTemplate({ type }: PolicyResource): boolean {
  return TEMPLATES.includes(type);
}

function distinct(resources: readonly PolicyResource[]): PolicyResource[] {
  return [...new Map(resources.map((resource) => [resource.urn, resource])).values()];
}

function isNamed({ props }: PolicyResource, names: readonly string[]): boolean {
  const properties = Properties.of(props);
  return NAMES.some((name) => names.includes(properties.text(name) ?? ""));
}

/** A version by its number may be one of before: what the program says of the template now is the newest. */
function isNewest(template: PolicyResource, version: number): boolean {
  return version === numberIn(template, ["latestVersion", "latestVersionNumber"]);
}

/**
 * So may the default, which stays when a template is changed, unless the program moves it along. Of a template that is yet to be made
 * neither is known, and of one that is about to be changed the default alone, if it stays.
 */
function isNewestByDefault(template: PolicyResource): boolean {
  const byDefault = numberIn(template, ["defaultVersion", "defaultVersionNumber"]);
  return byDefault === undefined || isNewest(template, byDefault);
}

function numberIn({ props }: PolicyResource, names: readonly string[]): number | undefined {
  const properties = Properties.of(props);
  return names.map((name) => properties.number(name)).find((value) => value !== undefined);
}

/** A version that need not be the newest. */
type Version = number | "default";

/** The version that is named beside a template; undefined where it is the newest, or not known before the update. */
function versionIn(properties: Properties): Version | undefined {
  const isDefault = !properties.has("version") || properties.text("version") === "$Default";
  return properties.number("version") ?? (isDefault ? "default" : undefined);
}

/** What a resource says of its templates: their ids and names, and versions. */
function namedBy(
  properties: Properties,
  depth = 0,
): { readonly names: string[]; readonly versions: Version[] } {
  const keys = depth === 0 ? NAMING : properties.keys();
  const below =
    depth === DEEPEST
      ? []
      : keys.flatMap((key) => {
          const child = properties.at(key);
          return child === undefined ? [] : [namedBy(child, depth + 1)];
        });
  const isTemplated = depth > 0 && keys.some((key) => NAMES.includes(key));
  const version = isTemplated ? versionIn(properties) : undefined;
  return {
    names: [
      ...keys.filter((key) => NAMES.includes(key)).flatMap((key) => properties.text(key) ?? []),
      ...below.flatMap(({ names }) => names),
    ],
    versions: [...(version === undefined ? [] : [version]), ...below.flatMap(({ versions }) => versions)],
  };
}
