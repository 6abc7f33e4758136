import {
  parseServicesTag,
  SERVICES_FORM,
  SERVICES_TAG,
  showGiven,
  type Finding,
  type InputProblem,
  type Listening,
  type ServiceDeclaration,
} from "../../backlog";
import type { Properties } from "../property";

/** The annotation that carries a declaration on Kubernetes, where names have no colon. */
export const SERVICES_ANNOTATION = "listen-backlog/services";
/** The metadata key that carries a declaration on Compute Engine, where names have neither. */
export const SERVICES_METADATA = "listen-backlog-services";

/** Declared services, or what is wrong with the declaration. */
export interface Declared {
  readonly services: readonly ServiceDeclaration[];
  readonly problems: readonly Finding[];
  /** Whether there is a declaration that is not known before the update. Default: there is none. */
  readonly isAwaited?: boolean;
}

export const NOTHING_DECLARED: Declared = { services: [], problems: [] };

/** A declaration under a key of tags, annotations or metadata. @param kind what stands under the key: `annotation` */
export function declaredUnder(
  properties: Properties | undefined,
  key: string,
  kind: string,
  listening: Listening = {},
): Declared {
  const declared = declaredAt(properties, key, `${kind} ${key}`, listening);
  const keys = properties?.keys() ?? [];
  return keys.includes(key) ? declared : { ...declared, problems: mistaken(keys, key, kind) };
}

/** A declaration as the value of a property. @param where what it stands in: `tag listen-backlog:services` */
export function declaredAt(
  properties: Properties | undefined,
  property: string,
  where: string,
  listening: Listening = {},
): Declared {
  if (properties?.isNoText(property) === true) {
    const problem = { path: where, given: "no text", allowed: SERVICES_FORM, fix: "it as text" };
    return { services: [], problems: [unusable(problem, where)] };
  }
  const declared = declaredBy(properties?.text(property), where, listening);
  return properties?.isUnknown(property) === true ? { ...declared, isAwaited: true } : declared;
}

/** Keys that can only be meant for another, such as that of Kubernetes in a tag: nobody would ever read what is declared there. */
function mistaken(keys: readonly string[], key: string, kind: string): Finding[] {
  return keys.filter(isAlike).map((written) => ({
    rule: "declaration-is-valid",
    severity: "error",
    subject: `${kind} ${showGiven(written)}`,
    wanted: `the declaration under ${key}`,
    got: "another name",
    cause: "The declaration is read under no other name, so that nothing is declared.",
    fix: `write ${key}`,
  }));
}

function isAlike(key: string): boolean {
  return key.length <= 64 && /^listenbacklogservices?$/.test(key.toLowerCase().replace(/[^a-z]/g, ""));
}

/** Reads `name[:port[:backlog]], ...`. */
function declaredBy(text: string | undefined, where: string, listening: Listening): Declared {
  if (text === undefined) {
    return NOTHING_DECLARED;
  }
  const { services, problems } = parseServicesTag(text, listening);
  return problems
    ? { services: [], problems: problems.map((problem) => unusable(problem, where)) }
    : { services, problems: [] };
}

/** The declaration among tags in one of the two forms that providers have: a map, or a list of keys and values. */
export function declaredByTags(properties: Properties | undefined, listening: Listening = {}): Declared {
  const map = declaredUnder(properties?.at("tags"), SERVICES_TAG, "tag", listening);
  const list = properties?.list("tags") ?? [];
  const keys = list.flatMap((one) => one.text("key") ?? []);
  const tag = list.find((one) => one.text("key") === SERVICES_TAG);
  return tag === undefined
    ? together(map, { services: [], problems: mistaken(keys, SERVICES_TAG, "tag") })
    : together(map, declaredAt(tag, "value", `tag ${SERVICES_TAG}`, listening));
}

/** What several places declare: a service that two of them name counts as the first says. */
export function together(...declared: readonly Declared[]): Declared {
  const services = new Map<string, ServiceDeclaration>();
  for (const service of declared.flatMap((one) => one.services)) {
    if (!services.has(service.name)) {
      services.set(service.name, service);
    }
  }
  return {
    services: [...services.values()],
    problems: declared.flatMap(({ problems }) => problems),
    isAwaited: declared.some(({ isAwaited }) => isAwaited === true),
  };
}

export function unusable(problem: InputProblem, where: string): Finding {
  return {
    rule: "declaration-is-valid",
    severity: "error",
    subject: where,
    wanted: problem.allowed,
    got: problem.given,
    cause: "The declaration cannot be used.",
    fix: `write ${problem.fix}`,
  };
}
