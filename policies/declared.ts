import {
  parseServicesTag,
  resolveDeclaration,
  SERVICES_TAG,
  type BacklogClaim,
  type Finding,
  type InputProblem,
} from "../backlog";
import { readUserData, type BacklogReading, type UserDataReading } from "../cloudinit";
import { readProperty } from "./property";

/** What a resource configures and declares, as far as a preview shows it. */
export interface Declared {
  /** Configured somaxconn; undefined if the resource does not set it. */
  readonly somaxconn?: number;
  readonly services: readonly BacklogClaim[];
  /** What is wrong with the declaration itself. */
  readonly findings: readonly Finding[];
  /** The error of a property that is not known before the update, to be thrown on: the engine then says so, and asks again. */
  readonly unknown?: Error;
}

const NOTHING: Declared = { services: [], findings: [] };

const INVISIBLE: Finding = {
  rule: "declaration-is-visible",
  severity: "error",
  subject: "declaration",
  wanted: "services and settings among the inputs of the TunedServer",
  got: "none",
  cause: "The program did not send the inputs of its components, so nothing can be judged.",
  fix: "use @pulumi/pulumi 3.202 or newer, and unset PULUMI_NODEJS_SKIP_COMPONENT_INPUTS",
};

/** The declaration that a TunedServer shows to policies, with every default filled in. */
export function declaredByTunedServer(props: Record<string, unknown>): Declared {
  const settings = readProperty(props, "settings");
  const services = readProperty(props, "services");
  for (const property of [settings, services]) {
    if (property.state === "unknown") {
      return { ...NOTHING, unknown: property.error };
    }
  }
  if (settings.state !== "known" || services.state !== "known") {
    return { ...NOTHING, findings: [INVISIBLE] };
  }
  const { somaxconn } = settings.value as { somaxconn: number };
  return { ...NOTHING, somaxconn, services: services.value as BacklogClaim[] };
}

/** What the user data of an instance configures, against its tag and against the application configuration in it. */
export function declaredByInstance(props: Record<string, unknown>): Declared {
  const userData = readProperty(props, "userData");
  if (userData.state === "unknown") {
    return { ...NOTHING, unknown: userData.error };
  }
  if (userData.state === "absent" || typeof userData.value !== "string") {
    return NOTHING;
  }
  const reading = readUserData(userData.value);
  const somaxconn = configuredSomaxconn(reading);
  const tagged = declaredByTag(props, somaxconn);
  if (somaxconn === undefined) {
    // Nothing to hold the services against, but a declaration that cannot be used is one that nobody would hear of.
    return { ...NOTHING, findings: tagged.findings };
  }
  return { ...tagged, somaxconn, services: [...tagged.services, ...reading.backlogs.map(asClaim)] };
}

function declaredByTag(props: Record<string, unknown>, somaxconn: number | undefined): Declared {
  const tags = readProperty(props, "tags");
  if (tags.state === "unknown") {
    return { ...NOTHING, unknown: tags.error };
  }
  const tag = tags.state === "known" ? (tags.value as Record<string, unknown>)[SERVICES_TAG] : undefined;
  if (typeof tag !== "string") {
    return NOTHING;
  }
  const { services, problems } = parseServicesTag(tag);
  return problems
    ? { ...NOTHING, findings: problems.map(badTag) }
    : // Software that follows somaxconn asks for the one that is configured, never for more.
      { ...NOTHING, services: resolveDeclaration({ services, settings: { somaxconn } }).services };
}

function badTag(problem: InputProblem): Finding {
  return {
    rule: "declaration-is-valid",
    severity: "error",
    subject: `tag ${SERVICES_TAG}`,
    wanted: problem.allowed,
    got: problem.given,
    cause: "The declaration in the tag cannot be used.",
    fix: `write ${problem.fix}`,
  };
}

/**
 * The smaller of what the first boot leaves and what every boot after it gives: a listener is cut by whichever holds when it
 * opens. Undefined where the user data does not decide either.
 */
function configuredSomaxconn({ persisted, live }: UserDataReading): number | undefined {
  const found = [...persisted, ...live].filter(({ key }) => key === "net.core.somaxconn");
  return found.length === 0 ? undefined : Math.min(...found.map(({ value }) => Number(value)));
}

function asClaim({ software, value, file, part, line }: BacklogReading): BacklogClaim {
  return {
    name: `${software} in ${file ?? `line ${line} of part ${part} of the user data`}`,
    backlog: value,
  };
}
