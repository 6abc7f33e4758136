import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { setsKey } from "../backlog";
import { mayMeet } from "./association-targets";
import type { Settings } from "./config/settings";
import { declares, instance, tuned } from "./examples";
import { isTemplate, namesTemplate, templatesOf } from "./launch-templates";
import { onOneLine } from "./message";
import { pageOf } from "./names";
import type { Pack } from "./pack";
import { headOf, type PolicyDefinition } from "./policy";
import { Properties } from "./property";
import type { Subject } from "./subjects";
import { BACKLOG_VERIFICATION, COMPONENTS, REMOTE_COMMAND, SSM_ASSOCIATION, SSM_DOCUMENT } from "./types";

const tunedInstance = instance(tuned("net.core.somaxconn = 8192"), declares("nginx:80:8192"));

export const backlogIsVerified: PolicyDefinition = {
  name: "backlog-is-verified",
  scope: "stack",
  displayName: "Every tuned server is verified",
  description: "Something reads the effective backlog of every server that is set up for one.",
  level: "advisory",
  severity: "medium",
  cause:
    "A server or fleet, or its launch template, sets somaxconn for services that a tag, the configuration of the pack or its own user data declares, and nothing in the stack looks at what became of it: no verification of a component, no remote command that depends on it, and no Systems Manager association that runs the probe.",
  why: "Only the kernel knows the effective backlog: a setting may not have been applied, software may ask for less, and a socket that was open before keeps what it had.",
  remediationSteps:
    "Verify the server with a BacklogVerification, or leave the child NAME-verify of the component in the stack.",
  tags: ["verification"],
  cannotSee:
    "What a remote command looks at: it counts for what it depends on. An association that runs the probe counts for every server of the stack that its targets do not plainly leave out: an EC2 instance with another tag or another id.",
  rules: [],
  example: {
    before: tunedInstance,
    after: {
      resources: [
        ...tunedInstance.resources,
        {
          type: BACKLOG_VERIFICATION,
          name: "web-backlog",
          props: {
            services: [{ name: "nginx", software: "nginx", port: 80, backlog: 8192 }],
            settings: { somaxconn: 8192 },
            sysctl: { "net.core.somaxconn": "8192" },
          },
          dependsOn: "web",
        },
      ],
    },
  },
};

/** Finds tuned servers that nothing verifies: after the fact, because only the whole stack can tell. */
export function backlogIsVerifiedPolicy(pack: Pack): StackValidationPolicy {
  const { name } = backlogIsVerified;
  return {
    ...headOf(backlogIsVerified),
    validateStack: (args, report) => {
      const settings = { ...pack.settingsFor(name, args), services: pack.allDeclared };
      const verified = verifiedIn(args.resources);
      const subjectsOf = (resource: PolicyResource) => readSubjects(resource, pack, settings);
      for (const resource of args.resources) {
        const missing = verificationOf(resource, subjectsOf, args.resources);
        if (missing !== undefined && !verified(resource) && !pack.isExempted(name, resource, settings)) {
          const expiry = pack.expiryOf(name, resource, settings);
          report(onOneLine(`${resource.name}: ${missing}${expiry} See: ${pageOf(name)}`), resource.urn);
        }
      }
    },
  };
}

type SubjectsOf = (resource: PolicyResource) => readonly Subject[];

function readSubjects(resource: PolicyResource, pack: Pack, settings: Settings): readonly Subject[] {
  const reading = isTemplate(resource)
    ? pack.readTemplate(resource, settings)
    : pack.read(resource, settings).reading;
  return "notApplicable" in reading ? [] : reading.subjects;
}

/** What would verify a resource, in a sentence; undefined if there is nothing to verify. */
function verificationOf(
  resource: PolicyResource,
  subjectsOf: SubjectsOf,
  all: readonly PolicyResource[],
): string | undefined {
  const { type, name } = resource;
  if (COMPONENTS.includes(type)) {
    return type === BACKLOG_VERIFICATION
      ? undefined
      : `wanted a verification ${name}-verify, got none. ` +
          "Cause: the child was removed from the stack. Fix: remove the transform that takes it away.";
  }
  const subjects = subjectsOf(resource);
  const template = subjects.some(isDeclaredForTemplate)
    ? templatesOf(resource, all)?.find((one) => isTunedForOthers(subjectsOf(one)))
    : undefined;
  const setter = template === undefined ? "it" : `its launch template ${template.name}`;
  return template !== undefined || subjects.some(isTuned)
    ? "wanted a look at its effective backlog after the deployment, got none. " +
        `Cause: ${setter} sets net.core.somaxconn, and nothing in the stack depends on it that could look. ` +
        "Fix: add a BacklogVerification for it, or in a program that has none a command.remote.Command that depends on it and prints ss -ltn."
    : undefined;
}

/** A machine that sets somaxconn for somebody: a service that is declared, or a backlog that it configures itself. */
function isTuned(subject: Subject): boolean {
  const { host, services } = subject;
  return setsSomaxconn(subject) && services.length + (host?.configured.length ?? 0) > 0;
}

function setsSomaxconn({ isServer, host }: Subject): boolean {
  return isServer && host !== undefined && setsKey(host, "net.core.somaxconn");
}

/** A group, a fleet or an instance that declares what its template has to set. */
function isDeclaredForTemplate({ isOfTemplate, services }: Subject): boolean {
  return isOfTemplate === true && services.length > 0;
}

/** A template that sets somaxconn and declares nothing: one that does is asked for a verification itself. */
function isTunedForOthers(subjects: readonly Subject[]): boolean {
  return subjects.some(setsSomaxconn) && !subjects.some(isTuned);
}

/** Who is looked at, by what stands in the stack. */
function verifiedIn(all: readonly PolicyResource[]): (resource: PolicyResource) => boolean {
  const associations = all.filter((one) => one.type === SSM_ASSOCIATION && runsOurProbe(one, all));
  const looked = new Set([...all.filter(looks), ...associations].flatMap(lookedAt));
  // Who looks at machines looks at what their template made of them.
  for (const machines of all.filter((one) => looked.has(one.urn) && namesTemplate(one))) {
    templatesOf(machines, all)?.forEach(({ urn }) => looked.add(urn));
  }
  const meeting = associations.map(mayMeet);
  return (resource) =>
    looked.has(resource.urn) ||
    (!COMPONENTS.includes(resource.type) && meeting.some((meets) => meets(resource)));
}

function looks({ type }: PolicyResource): boolean {
  return type === REMOTE_COMMAND || type === BACKLOG_VERIFICATION;
}

/** The URNs of what a resource looks at: what it depends on, such as the machine of its address, and the component that it belongs to. */
function lookedAt(resource: PolicyResource): string[] {
  const { type, name, parent } = resource;
  const isOfComponent =
    parent !== undefined &&
    COMPONENTS.includes(parent.type) &&
    type === REMOTE_COMMAND &&
    name === `${parent.name}-verify`;
  return [...(isOfComponent ? [parent.urn] : []), ...dependenciesOf(resource)];
}

function dependenciesOf({ dependencies, propertyDependencies }: PolicyResource): string[] {
  return [...dependencies, ...Object.values(propertyDependencies).flat()].map(({ urn }) => urn);
}

/** One that updates an agent, or that sets something, looks at nothing. */
function runsOurProbe(association: PolicyResource, all: readonly PolicyResource[]): boolean {
  const urns = dependenciesOf(association);
  const document = Properties.of(association.props).text("name");
  return all.some((other) => {
    if (other.type === SSM_DOCUMENT) {
      const { name, content } = textsOf(other);
      const isItsOwn = urns.includes(other.urn) || (document !== undefined && document === name);
      return isItsOwn && content?.includes(PROBE_MARK) === true;
    }
    return other.type === BACKLOG_VERIFICATION && urns.includes(other.urn);
  });
}

function textsOf({ props }: PolicyResource) {
  const properties = Properties.of(props);
  return { name: properties.text("name"), content: properties.text("content") };
}

/** The schema of the report that the probe prints: whatever runs it has it in its text. */
const PROBE_MARK = "listen-backlog-report/1";
