import type { PolicyConfigSchema } from "@pulumi/policy";
import {
  formatProblem,
  parseServicesTag,
  SERVICES_FORM,
  showGiven,
  validateKernelVersion,
  type InputProblem,
  type ServiceDeclaration,
} from "../../backlog";
import { POLICY_NAMES, type PolicyName } from "../names";
import { isRead } from "../subjects";
import { PATTERN_MAX_LENGTH } from "./glob";

/** Services that the pack's configuration declares for resources which carry no declaration of their own. */
export interface DeclaredForPattern {
  /** Which resources: a URN with `::`, a type with `:`, otherwise a name. `*` stands for any characters, `?` for one. */
  readonly pattern: string;
  /** `name[:port[:backlog]]`, separated by spaces or commas: `nginx:80:4096 redis:6379`. */
  readonly services: string;
}

/** A resource that may break a policy for a while. */
export interface Exemption {
  /** The policy. Default: every policy of the pack. */
  readonly policy?: PolicyName;
  /** Which resources: a URN with `::`, a type with `:`, otherwise a name. `*` stands for any characters, `?` for one. */
  readonly pattern: string;
  /** Why, in 10 characters or more. It is shown wherever the exemption is used. */
  readonly reason: string;
  /** The last day on which it holds, `YYYY-MM-DD`, in UTC. */
  readonly expires: string;
}

/** What holds for all policies. */
export interface SharedSettings {
  readonly services?: readonly DeclaredForPattern[];
  readonly exemptions?: readonly Exemption[];
  /** The oldest kernel among the servers, as `uname -r` prints it. Default: a current kernel. */
  readonly kernel?: string;
  /** What the nodes let pods set, as kubelet's `allowedUnsafeSysctls`. Default: not known, which is said of pods that ask. */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** The somaxconn of pods that set none, where their nodes hand one on, as GKE's do: 1 to 2147483647. Default: the kernel's. */
  readonly podSomaxconn?: number;
}

/** What one policy can be told of its own. */
export interface OwnSettings {
  /** `backlog-within-limits`: the largest backlog that nobody has to explain, 1 to 2147483647. Default 65535. */
  readonly maximumBacklog?: number;
  /** `backlog-within-limits`: whether a backlog of 0 to 4 is meant so. Default `false`. */
  readonly allowSmallBacklog?: boolean;
  /** `backlog-within-limits`: kernel memory that all full accept queues of a server may take, in bytes. Default: no budget. */
  readonly memoryBytes?: number;
  /** `syn-flood-protection`: `test` lets tcp_syncookies be 0 or 2. Default `production`. */
  readonly environment?: "production" | "test";
}

/** Everything that a policy goes by. */
export type Settings = SharedSettings & OwnSettings;

type Schema = PolicyConfigSchema["properties"];

const PATTERN_SCHEMA = {
  type: "string",
  minLength: 1,
  maxLength: PATTERN_MAX_LENGTH,
  description: "a URN with ::, a type with :, otherwise a name; * stands for any characters, ? for one",
} as const;

const SHARED_SCHEMA: Schema = {
  services: {
    type: "array",
    maxItems: 1000,
    description: "services of resources that carry no declaration of their own",
    items: {
      type: "object",
      required: ["pattern", "services"],
      additionalProperties: false,
      properties: {
        pattern: PATTERN_SCHEMA,
        services: {
          type: "string",
          minLength: 1,
          maxLength: 4096,
          description: SERVICES_FORM,
        },
      },
    },
  },
  exemptions: {
    type: "array",
    maxItems: 1000,
    description: "resources that may break the policy for a while",
    items: {
      type: "object",
      required: ["pattern", "reason", "expires"],
      additionalProperties: false,
      properties: {
        policy: { type: "string", enum: [...POLICY_NAMES] },
        pattern: PATTERN_SCHEMA,
        reason: { type: "string", minLength: 10, maxLength: 500 },
        expires: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
      },
    },
  },
  kernel: {
    type: "string",
    maxLength: 128,
    description: "the oldest kernel among the servers, as uname -r prints it",
  },
  allowedUnsafeSysctls: {
    type: "array",
    maxItems: 100,
    description: "what the nodes let pods set, as kubelet's allowedUnsafeSysctls has it",
    items: { type: "string", pattern: "^[a-z0-9_./-]{1,254}\\*?$" },
  },
  podSomaxconn: {
    type: "integer",
    minimum: 1,
    maximum: 2147483647,
    description: "the somaxconn of pods that set none, where their nodes hand one on",
  },
};

const OWN_SCHEMAS: Readonly<Partial<Record<PolicyName, Schema>>> = {
  "backlog-within-limits": {
    maximumBacklog: { type: "integer", minimum: 1, maximum: 2147483647, default: 65535 },
    allowSmallBacklog: { type: "boolean", default: false },
    memoryBytes: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  },
  "syn-flood-protection": {
    environment: { type: "string", enum: ["production", "test"], default: "production" },
  },
};

/** What a policy can be configured with: what is its own, and what holds for all, which may stand with any of them. */
export function schemaOf(name: PolicyName): PolicyConfigSchema {
  return { properties: { ...OWN_SCHEMAS[name], ...SHARED_SCHEMA } };
}

/** The defaults of the schema. The engine fills them in, and so does the pack where no engine did. */
export function defaultsOf(name: PolicyName): OwnSettings {
  const defaults = Object.entries(OWN_SCHEMAS[name] ?? {}).flatMap(([key, schema]) =>
    schema.default === undefined ? [] : [[key, schema.default] as const],
  );
  return Object.fromEntries(defaults);
}

/**
 * Everything that is wrong with settings which the schema may let pass, or which no engine has seen: people call the class too.
 * @param path where they stand, for the message
 */
export function settingsProblems(settings: Readonly<Record<string, unknown>>, path: string): InputProblem[] {
  const { services, exemptions, kernel, allowedUnsafeSysctls } = settings;
  return [
    ...sysctlProblems(allowedUnsafeSysctls, `${path}allowedUnsafeSysctls`),
    ...listProblems(services, `${path}services`, DECLARATION_FIELDS, declarationProblems),
    ...listProblems(exemptions, `${path}exemptions`, EXEMPTION_FIELDS, exemptionProblems),
    ...(kernel === undefined ? [] : present(validateKernelVersion(kernel, `${path}kernel`))),
  ];
}

/**
 * @param name the policy whose settings they are
 * @throws Error with every problem, one a line; a setting that the policy does not have is one too, because nothing else would say so
 */
export function requireSettings(settings: Readonly<Record<string, unknown>>, name: PolicyName): void {
  const { properties } = schemaOf(name);
  const problems = [
    ...unknownFields(settings, Object.keys(properties), name),
    ...Object.entries(properties).flatMap(([field, schema]) =>
      boundProblems(settings[field], schema, `${name}.${field}`),
    ),
    ...settingsProblems(settings, `${name}.`),
  ];
  if (problems.length > 0) {
    const message = `The configuration of the policy pack cannot be used:\n${problems.map((one) => `  ${formatProblem(one)}`).join("\n")}`;
    // The SDK shows users the stack of an error: whose configuration it is has no use for the lines of the pack.
    throw Object.assign(new Error(message), { stack: `Error: ${message}` });
  }
}

/** The services that a valid entry declares. */
export function servicesOf({ services }: DeclaredForPattern): readonly ServiceDeclaration[] {
  return parseServicesTag(services).services ?? [];
}

/** What the schema says of a number, a flag or one of several words: of what the class is given no engine has looked at it. */
function boundProblems(value: unknown, schema: Schema[string], path: string): InputProblem[] {
  const { type, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const words = schema.enum?.filter((word) => typeof word === "string");
  if (value === undefined) {
    return [];
  }
  if (type === "integer") {
    const isWithin = Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
    return isWithin ? [] : [problem(path, value, `a whole number from ${minimum} to ${maximum}`, "65535")];
  }
  if (type === "boolean") {
    return typeof value === "boolean" ? [] : [problem(path, value, "true or false", "true")];
  }
  return words === undefined || words.some((word) => word === value)
    ? []
    : [problem(path, value, words.join(", "), "one of these")];
}

function sysctlProblems(names: unknown, path: string): InputProblem[] {
  const list: readonly unknown[] = Array.isArray(names) ? names : [];
  const isList = names === undefined || Array.isArray(names);
  return [
    ...(isList ? [] : [names]),
    ...list.filter((name) => typeof name !== "string" || !/^[a-z0-9_./-]{1,254}\*?$/.test(name)),
  ].map((name) =>
    problem(path, name, "a list of names of sysctls, which may end with *", '["net.core.somaxconn"]'),
  );
}

const DECLARATION_FIELDS = ["pattern", "services"];
const EXEMPTION_FIELDS = ["policy", "pattern", "reason", "expires"];

function listProblems(
  value: unknown,
  path: string,
  fields: readonly string[],
  problemsOf: (entry: Readonly<Record<string, unknown>>, where: string) => InputProblem[],
): InputProblem[] {
  const form = `an object with the fields ${fields.join(", ")}`;
  if (!Array.isArray(value)) {
    return value === undefined ? [] : [problem(path, value, `a list, of which each is ${form}`, "[{ ... }]")];
  }
  return value.flatMap((entry: unknown, index) => {
    const where = `${path}[${index}]`;
    return typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? problemsOf(entry as Record<string, unknown>, where)
      : [problem(where, entry, form, "{ ... }")];
  });
}

function declarationProblems(entry: Readonly<Record<string, unknown>>, where: string): InputProblem[] {
  const { services } = entry;
  const read = typeof services === "string" ? parseServicesTag(services) : undefined;
  const problems =
    read === undefined
      ? [problem(`${where}.services`, services, SERVICES_FORM, "nginx:80:4096")]
      : (read.problems ?? []).map((found) => ({ ...found, path: `${where}.services` }));
  return [
    ...unknownFields(entry, DECLARATION_FIELDS, where),
    ...patternProblems(entry, where),
    ...unreadProblems(entry, where),
    ...problems,
  ];
}

/** A whole type that no policy reads: what is declared for it would be for nothing, and nobody would say so. */
function unreadProblems({ pattern }: Readonly<Record<string, unknown>>, where: string): InputProblem[] {
  const isType = typeof pattern === "string" && pattern.includes(":") && !/::|[*?]/.test(pattern);
  return isType && !isRead(pattern)
    ? [
        problem(
          `${where}.pattern`,
          pattern,
          "a type that the pack reads; a group is judged by its launch template",
          "aws:ec2/instance:Instance, aws:ec2/launchTemplate:LaunchTemplate or what else sets the servers up",
        ),
      ]
    : [];
}

function exemptionProblems(entry: Readonly<Record<string, unknown>>, where: string): InputProblem[] {
  const { policy, reason, expires } = entry;
  const problems = [...unknownFields(entry, EXEMPTION_FIELDS, where), ...patternProblems(entry, where)];
  if (policy !== undefined && !POLICY_NAMES.some((name) => name === policy)) {
    problems.push(
      problem(`${where}.policy`, policy, POLICY_NAMES.join(", "), "one of these, or leave it out"),
    );
  }
  if (typeof reason !== "string" || reason.trim().length < 10 || reason.length > 500) {
    problems.push(problem(`${where}.reason`, reason, "10 to 500 characters", "why, and who decided"));
  }
  if (typeof expires !== "string" || !isDay(expires)) {
    problems.push(problem(`${where}.expires`, expires, "a day as YYYY-MM-DD", "2030-01-31"));
  }
  return problems;
}

function patternProblems({ pattern }: Readonly<Record<string, unknown>>, where: string): InputProblem[] {
  const usable = typeof pattern === "string" && pattern !== "" && pattern.length <= PATTERN_MAX_LENGTH;
  return usable
    ? []
    : [problem(`${where}.pattern`, pattern, `1 to ${PATTERN_MAX_LENGTH} characters`, "legacy-*, or a URN")];
}

function unknownFields(
  entry: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): InputProblem[] {
  return Object.keys(entry)
    .filter((field) => !known.includes(field))
    .map((field) => problem(where, field, `the fields ${known.join(", ")}`, "one of these names"));
}

/** Whether a day exists: Date would take the 31st of February for a day in March. */
function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function present(found: InputProblem | undefined): InputProblem[] {
  return found === undefined ? [] : [found];
}

function problem(path: string, given: unknown, allowed: string, fix: string): InputProblem {
  return { path, given: showGiven(given), allowed, fix };
}
