import { showGiven, type InputProblem } from "../finding";
import { validateKernelVersion } from "../kernel";
import { INT_MAX } from "../kernel/check";
import { isRecord } from "../record";
import { findSetting, validateSettingValue } from "../settings";
import { validateSizing } from "../sizing";

/** Whether the configuration of a service holds the line that gives it its declared backlog. */
export type DirectiveEvidence = "present" | "absent" | "unknown";

const EVIDENCE: readonly DirectiveEvidence[] = ["present", "absent", "unknown"];

/** `production` judges as for a server that strangers can reach; `test` allows what only a laboratory should have. */
export type Environment = "production" | "test";

const ENVIRONMENTS: readonly Environment[] = ["production", "test"];

/** A network namespace of its own, as containers and pods have it: the settings of the host do not reach into it. */
export interface ContainerFacts {
  /** `net.core.somaxconn` inside, 1 to 2147483647. Default: not known, so the kernel's default for a new namespace is assumed. */
  readonly somaxconn?: number;
}

/**
 * What starts a service: a `command` that names its unit; its `package`, as the packages of Debian and Ubuntu do when they are installed;
 * or that `package-if-debian`, on a distribution that is not known.
 */
export type StartedBy = "command" | "package" | "package-if-debian";

const STARTERS: readonly StartedBy[] = ["command", "package", "package-if-debian"];

/** What is known of one service besides its declaration. Everything is optional: a rule that lacks its fact stays quiet. */
export interface ServicePlatform {
  /** Connections per second that it accepts, over all its listeners. Above 0, up to 10,000,000. */
  readonly acceptRate?: number;
  /** Longest useful wait in the accept queue, in seconds. Above 0, up to 3600. */
  readonly latencyBudgetSeconds?: number;
  /** The soft limit of open files of the process that calls `accept()` (RLIMIT_NOFILE). 1 to 2147483584; no limit: leave it out. */
  readonly openFiles?: number;
  /**
   * Whether its configuration holds the line that gives it the declared backlog: `unknown` if somebody looked and could
   * not tell. Default: nobody looked.
   */
  readonly directive?: DirectiveEvidence;
  /** The backlog that its configuration gives it, 0 to 2147483647. Default: nobody looked. */
  readonly configuredBacklog?: number;
  /** What `net.core.somaxconn` is when it starts, 1 to 2147483647. Default: what is declared, or nobody looked. */
  readonly somaxconnAtStart?: number;
  /** What starts it then. Default: a command. */
  readonly startedBy?: StartedBy;
  /** That it listens in a network namespace of its own. Default: what {@link Platform.container} says. */
  readonly container?: ContainerFacts;
}

/** What is known of the place where a declaration is used. Everything is optional: a rule that lacks its fact stays quiet. */
export interface Platform {
  /** The kernel release as `uname -r` prints it. Default: a current kernel. */
  readonly kernel?: string;
  /** Default `production`. */
  readonly environment?: Environment;
  /** Kernel memory that all full accept queues together may take, in bytes, from 1 up. Default: no budget. */
  readonly memoryBytes?: number;
  /** The largest backlog that needs no reason, 1 to 2147483647. Default 65535, which 16 bits hold. */
  readonly largestBacklog?: number;
  /** That every service listens in a network namespace of its own, unless {@link services} says otherwise. Default: none does. */
  readonly container?: ContainerFacts;
  /** By the name of the service in the declaration. */
  readonly services?: Readonly<Record<string, ServicePlatform>>;
}

const PLATFORM_FIELDS = ["kernel", "environment", "memoryBytes", "largestBacklog", "container", "services"];
const SERVICE_FIELDS = [
  "acceptRate",
  "latencyBudgetSeconds",
  "openFiles",
  "directive",
  "configuredBacklog",
  "somaxconnAtStart",
  "startedBy",
  "container",
];

/**
 * Everything that is wrong with what a caller says of a platform, all fields at once; unknown fields too, because a misspelt one
 * would be ignored in silence.
 * @param names the services of the declaration; with them, facts about any other name are refused as well
 * @returns the problems; empty if {@link Platform} describes the value
 */
export function validatePlatform(
  input: unknown,
  names?: readonly string[],
  path = "platform",
): InputProblem[] {
  if (!isRecord(input)) {
    return [problem(path, input, "an object", '{ kernel: "6.1" }')];
  }
  const problems = unknownFields(input, PLATFORM_FIELDS, path);
  const { kernel, environment, memoryBytes, largestBacklog, container, services } = input;
  if (kernel !== undefined) {
    problems.push(...present(validateKernelVersion(kernel, `${path}.kernel`)));
  }
  problems.push(...oneOf(environment, ENVIRONMENTS, `${path}.environment`));
  // The same numbers as in sizing, with the same bounds. The fields that sizing insists on are filled with harmless ones.
  problems.push(...validateSizing({ arrivalRate: 1, acceptRate: 1, stallSeconds: 0, memoryBytes }, path));
  if (largestBacklog !== undefined && !isIntegerWithin(largestBacklog, 1, INT_MAX)) {
    const allowed = `an integer from 1 to ${INT_MAX}`;
    problems.push(problem(`${path}.largestBacklog`, largestBacklog, allowed, "65535, or leave it out"));
  }
  problems.push(...containerProblems(container, `${path}.container`));
  if (services === undefined) {
    return problems;
  }
  if (!isRecord(services)) {
    const fix = "services: { nginx: { acceptRate: 5000 } }";
    return [
      ...problems,
      problem(`${path}.services`, services, "an object with the names of services as keys", fix),
    ];
  }
  for (const [name, facts] of Object.entries(services)) {
    const where = `${path}.services[${showGiven(name)}]`;
    if (names !== undefined && !names.includes(name)) {
      problems.push(
        problem(
          where,
          name,
          "the name of a declared service",
          "its name in the declaration, or leave it out",
        ),
      );
    }
    problems.push(...serviceProblems(facts, where));
  }
  return problems;
}

function serviceProblems(input: unknown, path: string): InputProblem[] {
  if (!isRecord(input)) {
    return [problem(path, input, "an object", "{ acceptRate: 5000 }")];
  }
  const { acceptRate = 1, latencyBudgetSeconds, openFiles, directive, configuredBacklog } = input;
  const { somaxconnAtStart, startedBy, container } = input;
  const problems = [
    ...unknownFields(input, SERVICE_FIELDS, path),
    ...validateSizing({ arrivalRate: 1, acceptRate, stallSeconds: 0, latencyBudgetSeconds }, path),
    ...oneOf(directive, EVIDENCE, `${path}.directive`),
    ...oneOf(startedBy, STARTERS, `${path}.startedBy`),
    ...containerProblems(container, `${path}.container`),
    ...(somaxconnAtStart === undefined
      ? []
      : present(validateSettingValue("somaxconn", somaxconnAtStart, `${path}.somaxconnAtStart`))),
  ];
  const { max } = findSetting("fsNrOpen");
  if (openFiles !== undefined && !isIntegerWithin(openFiles, 1, max)) {
    const fix = "the soft limit, such as 1024, or leave it out";
    problems.push(problem(`${path}.openFiles`, openFiles, `an integer from 1 to ${max}`, fix));
  }
  if (configuredBacklog !== undefined && !isIntegerWithin(configuredBacklog, 0, INT_MAX)) {
    const allowed = `an integer from 0 to ${INT_MAX}`;
    problems.push(
      problem(`${path}.configuredBacklog`, configuredBacklog, allowed, "the number, or leave it out"),
    );
  }
  return problems;
}

function isIntegerWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function containerProblems(container: unknown, path: string): InputProblem[] {
  if (container === undefined) {
    return [];
  }
  if (!isRecord(container)) {
    return [problem(path, container, "an object", "{}, or { somaxconn: 4096 } if it is known")];
  }
  const { somaxconn } = container;
  return [
    ...unknownFields(container, ["somaxconn"], path),
    ...(somaxconn === undefined
      ? []
      : present(validateSettingValue("somaxconn", somaxconn, `${path}.somaxconn`))),
  ];
}

function unknownFields(
  input: Record<string, unknown>,
  known: readonly string[],
  path: string,
): InputProblem[] {
  return Object.keys(input)
    .filter((field) => !known.includes(field))
    .map((field) => problem(path, field, `the fields ${known.join(", ")}`, "one of these names"));
}

function oneOf(value: unknown, allowed: readonly string[], path: string): InputProblem[] {
  const usable = value === undefined || (typeof value === "string" && allowed.includes(value));
  return usable ? [] : [problem(path, value, allowed.join(", "), "one of these, or leave it out")];
}

function present(found: InputProblem | undefined): InputProblem[] {
  return found === undefined ? [] : [found];
}

function problem(path: string, given: unknown, allowed: string, fix: string): InputProblem {
  return { path, given: showGiven(given), allowed, fix };
}
