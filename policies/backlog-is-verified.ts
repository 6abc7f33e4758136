import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { Settings } from "./config/settings";
import { declares, instance, tuned } from "./examples";
import { pageOf } from "./names";
import type { Pack } from "./pack";
import { headOf, type PolicyDefinition } from "./policy";
import { BACKLOG_VERIFICATION, COMPONENTS, isPartOfComponent, REMOTE_COMMAND, SSM_ASSOCIATION } from "./types"; // prettier-ignore

const tunedInstance = instance(tuned("net.core.somaxconn = 8192"), declares("nginx:80:8192"));

export const backlogIsVerified: PolicyDefinition = {
  name: "backlog-is-verified",
  scope: "stack",
  displayName: "Every tuned server is verified",
  description: "Something reads the effective backlog of every server that is set up for one.",
  level: "advisory",
  severity: "medium",
  cause:
    "A server or fleet declares services and sets somaxconn for them, and nothing in the stack looks at what became of it: no verification of a component, no remote command and no Systems Manager association.",
  why: "Only the kernel knows the effective backlog: a setting may not have been applied, software may ask for less, and a socket that was open before keeps what it had.",
  remediationSteps:
    "Verify the server with a BacklogVerification, or leave the child NAME-verify of the component in the stack.",
  tags: ["verification"],
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
      const settings = pack.settingsFor(name, args);
      const looked = new Set(args.resources.filter(looks).flatMap(lookedAt));
      for (const resource of args.resources) {
        const missing = verificationOf(resource, pack, settings);
        if (
          missing !== undefined &&
          !isLookedAt(resource, looked, args.resources) &&
          !pack.isExempted(name, resource, settings)
        ) {
          report(`${resource.name}: ${missing} See: ${pageOf(name)}`, resource.urn);
        }
      }
    },
  };
}

/** What would verify a resource, in a sentence; undefined if there is nothing to verify. */
function verificationOf(resource: PolicyResource, pack: Pack, settings: Settings): string | undefined {
  const { type, name, urn } = resource;
  if (type !== BACKLOG_VERIFICATION && COMPONENTS.includes(type)) {
    return (
      `wanted a verification ${name}-verify, got none. ` +
      "Cause: the child was removed from the stack. Fix: remove the transform that takes it away."
    );
  }
  if (isPartOfComponent(urn) || !SERVERS.includes(type)) {
    return undefined;
  }
  const { reading } = pack.read(resource, settings);
  const subjects = "notApplicable" in reading ? [] : reading.subjects;
  const isTuned = subjects.some(
    ({ services, host }) =>
      services.length > 0 &&
      [...(host?.live ?? []), ...(host?.persisted ?? [])].some(({ key }) => key === "net.core.somaxconn"),
  );
  return isTuned
    ? "wanted a look at its effective backlog after the deployment, got none. " +
        "Cause: its user data sets net.core.somaxconn, and nothing in the stack depends on it that could look. " +
        "Fix: add a BacklogVerification for it."
    : undefined;
}

const SERVERS: readonly string[] = [
  "aws:ec2/instance:Instance",
  "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
  "aws:ec2/launchTemplate:LaunchTemplate",
];

function looks({ type }: PolicyResource): boolean {
  return type === REMOTE_COMMAND || type === BACKLOG_VERIFICATION || type === SSM_ASSOCIATION;
}

/** The URNs of what a resource looks at: what it depends on, and the component that it belongs to. */
function lookedAt({ type, name, parent, dependencies, propertyDependencies }: PolicyResource): string[] {
  const depends = [...dependencies, ...Object.values(propertyDependencies).flat()].map(({ urn }) => urn);
  const isOfComponent =
    parent !== undefined &&
    COMPONENTS.includes(parent.type) &&
    type === REMOTE_COMMAND &&
    name === `${parent.name}-verify`;
  return isOfComponent ? [parent.urn] : depends;
}

/** An association targets by tag: one for a fleet is taken to be for its template, because no preview knows whom it meets. */
function isLookedAt(
  { type, urn }: PolicyResource,
  looked: ReadonlySet<string>,
  all: readonly PolicyResource[],
): boolean {
  return (
    looked.has(urn) || (!COMPONENTS.includes(type) && all.some((other) => other.type === SSM_ASSOCIATION))
  );
}
