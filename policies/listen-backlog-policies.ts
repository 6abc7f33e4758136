import { PolicyPack, type EnforcementLevel, type PolicyPackConfig } from "@pulumi/policy";
import { formatProblem, showGiven } from "../backlog";
import { createPolicies } from "./all";
import { requireSettings, type OwnSettings, type SharedSettings } from "./config/settings";
import { argumentName, POLICY_NAMES, type PolicyName } from "./names";
import type { PackOptions } from "./pack";

/** A level, or a level and settings. */
export type PolicyArgs<S = object> =
  EnforcementLevel | (S & { readonly enforcementLevel?: EnforcementLevel });

/** How the pack is set up. Everything is optional. */
export interface ListenBacklogPoliciesArgs extends SharedSettings {
  /** The level of every policy that is given none of its own. Default: each has its own. */
  readonly all?: EnforcementLevel;
  readonly backlogCanBeJudged?: PolicyArgs;
  readonly somaxconnCoversBacklog?: PolicyArgs;
  readonly backlogReachesTheService?: PolicyArgs;
  readonly backlogSurvivesReboot?: PolicyArgs;
  readonly backlogAppliedAtFirstBoot?: PolicyArgs;
  readonly sysctlFilesAgree?: PolicyArgs;
  readonly changedUserDataTakesEffect?: PolicyArgs;
  readonly synFloodProtection?: PolicyArgs<Pick<OwnSettings, "environment">>;
  readonly backlogWithinLimits?: PolicyArgs<
    Pick<OwnSettings, "maximumBacklog" | "allowSmallBacklog" | "memoryBytes">
  >;
  readonly somaxconnKeepsKernelDefault?: PolicyArgs;
  readonly containersSetTheirOwn?: PolicyArgs;
  readonly backlogIsVerified?: PolicyArgs;
  readonly exemptionsAreReviewed?: PolicyArgs;
}

/**
 * The policies as a pack of one's own: `new ListenBacklogPolicies({ all: "mandatory" })` in the `index.ts` of a folder with a
 * `PulumiPolicy.yaml`. Making one starts the pack's server, so there is one for each process.
 */
export class ListenBacklogPolicies extends PolicyPack {
  /**
   * @param args levels, settings and exemptions; what `--policy-pack-config` says goes before
   * @throws Error with all that is wrong with them
   */
  constructor(args: ListenBacklogPoliciesArgs = {}) {
    const { options, initialConfig } = acceptPackArgs(args);
    super("listen-backlog", { policies: createPolicies(options) }, initialConfig);
  }
}

const LEVELS: readonly string[] = ["advisory", "mandatory", "remediate", "disabled"];

/**
 * What the arguments of a pack mean to its policies, and to the engine, which knows levels and fills in defaults. Apart from the
 * class, because that starts a server.
 * @throws Error with all that is wrong with them
 */
export function acceptPackArgs(args: ListenBacklogPoliciesArgs): {
  readonly options: PackOptions;
  readonly initialConfig: PolicyPackConfig;
} {
  const { all, services, exemptions, kernel, allowedUnsafeSysctls, podSomaxconn, ...policies } = args;
  const shared = { services, exemptions, kernel, allowedUnsafeSysctls, podSomaxconn };
  const given: Readonly<Record<string, unknown>> = policies;
  requireSettings(defined(shared), "backlog-can-be-judged");
  const initialConfig: PolicyPackConfig = {};
  const own: Partial<Record<PolicyName, OwnSettings>> = {};
  const names = new Map(POLICY_NAMES.map((name) => [argumentName(name), name] as const));
  requireLevel(all, "all");
  if (all !== undefined) {
    initialConfig["all"] = all;
  }
  for (const [argument, value] of Object.entries(given)) {
    const name = names.get(argument);
    if (name === undefined) {
      throw refused(argument, argument, [...names.keys()].join(", "), "one of these names");
    }
    if (value === undefined) {
      continue;
    }
    const { enforcementLevel, ...settings } = asObject(argument, value);
    requireLevel(enforcementLevel, argument);
    requireSettings(settings, name);
    own[name] = settings;
    initialConfig[name] = { ...settings, ...(enforcementLevel === undefined ? {} : { enforcementLevel }) } as PolicyPackConfig[string]; // prettier-ignore
  }
  return { options: { shared, own }, initialConfig };
}

function asObject(
  argument: string,
  value: unknown,
): Record<string, unknown> & { enforcementLevel?: unknown } {
  if (typeof value === "string") {
    return { enforcementLevel: value };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(
      argument,
      value,
      "a level, or an object",
      '"mandatory", or { enforcementLevel: "mandatory" }',
    );
  }
  return { ...value };
}

function requireLevel(level: unknown, path: string): void {
  if (level !== undefined && !(typeof level === "string" && LEVELS.includes(level))) {
    throw refused(path, level, LEVELS.join(", "), '"mandatory"');
  }
}

function refused(path: string, given: unknown, allowed: string, fix: string): Error {
  return new Error(formatProblem({ path, given: showGiven(given), allowed, fix }));
}

function defined(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
