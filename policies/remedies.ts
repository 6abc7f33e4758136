import { QUEUE_KEYS } from "../backlog";
import { composeUserData, UserDataError, type UserDataEncoding } from "../cloudinit";
import { isComposed } from "../cloudinit/own-parts";
import type { Remedy } from "./remediate";
import { readResource } from "./subjects";
import { isThere } from "./subjects/user-data";
import { fromJson } from "../backlog/json";
import { isRecord } from "../backlog/record";

/** Where user data stands, and whether it is text or base64 there. */
interface Carrier {
  readonly name: string;
  readonly isBase64: boolean;
}

const OF_INSTANCES: readonly Carrier[] = [
  { name: "userData", isBase64: false },
  { name: "userDataBase64", isBase64: true },
];

const CARRIERS: ReadonlyMap<string, readonly Carrier[]> = new Map<string, readonly Carrier[]>([
  ["aws:ec2/instance:Instance", OF_INSTANCES],
  ["aws:ec2/spotInstanceRequest:SpotInstanceRequest", OF_INSTANCES],
  ["aws:ec2/launchConfiguration:LaunchConfiguration", OF_INSTANCES],
  ["aws:ec2/launchTemplate:LaunchTemplate", [{ name: "userData", isBase64: true }]],
]);

/**
 * Adds our part to the user data that is there: it writes the values that are needed to a file that sorts last, and applies them.
 * What cannot be added to is left alone. So is what has parts of ours already: composing replaces them, and with them the services that
 * listen again and the settings that are none of the queues'. Who declared them can declare what is needed.
 */
export const addTuningPart: Remedy = (props, { type, needed }) => {
  const place = CARRIERS.get(type)?.find(({ name }) => {
    const text = props[name];
    return typeof text === "string" && isThere(text);
  });
  const own = place && props[place.name];
  if (place === undefined || typeof own !== "string") {
    return { why: "only the user data of EC2 instances and launch templates is added to" };
  }
  if (isComposed(own)) {
    return { why: "its user data was composed by this package: what it is composed of is where to mend it" };
  }
  const reading = readResource({ type, urn: "", name: "", props: { [place.name]: own } });
  const host = "notApplicable" in reading ? undefined : reading.subjects[0]?.host;
  if (host === undefined || host.opaque.length > 0) {
    return { why: `of its user data not all can be read: ${host?.opaque.join(" and ") ?? "no machine"}` };
  }
  const values = new Map<string, string>();
  for (const { key, value } of [...host.conflicts.map(asValue), ...host.persisted, ...host.live]) {
    const held = values.get(key);
    if (QUEUE_KEYS.some((known) => known === key) && value !== undefined && /^\d{1,10}$/.test(value)) {
      values.set(key, held === undefined || Number(value) > Number(held) ? value : held);
    }
  }
  const most = Math.max(needed, Number(values.get("net.core.somaxconn") ?? 0));
  values.set("net.core.somaxconn", String(most));
  const settings = [...values].map(([key, value]) => ({ key, value }));
  try {
    const encoding = encodingOf(place.isBase64, own);
    return { changes: { [place.name]: composeUserData(own, { settings, relisten: [] }, { encoding }) } };
  } catch (error) {
    if (error instanceof UserDataError) {
      return { why: "nothing can be added to its user data, by its length or its form" };
    }
    throw error;
  }
};

function asValue({ subject, value }: { readonly subject: string; readonly value?: string }) {
  return { key: subject, value };
}

/** As it was: text stays text, base64 base64, and gzip gzip. */
function encodingOf(isBase64: boolean, own: string): UserDataEncoding {
  if (own.startsWith("H4sI")) {
    return "gzip-base64";
  }
  return isBase64 ? "base64" : "plain";
}

/** Raises `systemControls` of a task, in the containers that have one already, or in the one that there is. */
export const raiseSystemControls: Remedy = (props, { type, needed }) => {
  if (type !== "aws:ecs/taskDefinition:TaskDefinition") {
    return { why: "only systemControls of aws.ecs.TaskDefinition are raised" };
  }
  const json = props["containerDefinitions"];
  const list = typeof json === "string" ? parsed(json) : undefined;
  if (list === undefined || list.length === 0) {
    return { why: "its containers cannot be read, or are named in another case" };
  }
  const having = list.filter((container) => controlsOf(container).some(isSomaxconn));
  const target = having.length > 0 ? having : list.length === 1 ? list : [];
  if (target.length === 0) {
    return { why: "nobody can tell which of its containers the service runs in" };
  }
  const raised = list.map((container) =>
    target.includes(container)
      ? {
          ...container,
          systemControls: [
            ...controlsOf(container).filter((control) => !isSomaxconn(control)),
            { namespace: "net.core.somaxconn", value: String(needed) },
          ],
        }
      : container,
  );
  return { changes: { containerDefinitions: JSON.stringify(raised) } };
};

type JsonObject = Readonly<Record<string, unknown>>;

/** The containers; undefined where they cannot be read, or name their settings in another case, beside which ours would be a second. */
function parsed(json: string): readonly JsonObject[] | undefined {
  const list = fromJson(json);
  return Array.isArray(list) && list.every(isRecord) && !list.some(hasOtherCase) ? list : undefined;
}

function hasOtherCase(container: JsonObject): boolean {
  return [container, ...controlsOf(container)].some((one) =>
    Object.keys(one).some((key) => /^(?:systemcontrols|namespace|value)$/i.test(key) && !NAMES.has(key)),
  );
}

const NAMES: ReadonlySet<string> = new Set(["systemControls", "namespace", "value"]);

function controlsOf({ systemControls }: JsonObject): readonly JsonObject[] {
  return Array.isArray(systemControls) ? systemControls.filter(isRecord) : [];
}

function isSomaxconn({ namespace }: JsonObject): boolean {
  return namespace === "net.core.somaxconn";
}
