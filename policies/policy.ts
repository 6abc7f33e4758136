import type { Policy, ReportViolation, ResourceValidationPolicy, Severity, StackValidationPolicy } from "@pulumi/policy"; // prettier-ignore
import type { Finding, RuleDescription } from "../backlog";
import { advise } from "./advise";
import { schemaOf, type Settings, type SharedSettings } from "./config/settings";
import type { Judgement } from "./judge";
import { messageOf, onOneLine } from "./message";
import { notApplicable } from "./not-applicable";
import { pageOf, type PolicyName } from "./names";
import type { Pack } from "./pack";
import { remediate, type Remedy } from "./remediate";
import type { Resource } from "./subjects";

/** A resource of an example, as a preview shows it to the policies. */
export interface ExampleResource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** The name of a resource of the example that it depends on. */
  readonly dependsOn?: string;
}

/** A stack in which a policy finds something, or nothing. */
export interface Example {
  readonly resources: readonly ExampleResource[];
  /** What the pack is told. Default: nothing. */
  readonly settings?: SharedSettings;
}

/** What a policy is: for the engine, for RULES.md and for its tests. Its rules are those of the model. */
export interface PolicyDefinition {
  readonly name: PolicyName;
  /** Whether it looks at each resource before it is deployed, or at the whole stack afterwards. Default `resource`. */
  readonly scope?: "stack";
  readonly displayName: string;
  /** One full sentence that says what holds where it is content. */
  readonly description: string;
  readonly level: "advisory" | "mandatory";
  readonly severity: Severity;
  /** What it refuses, as a sentence. */
  readonly cause: string;
  /** What happens where it is not heard. */
  readonly why: string;
  /** What to do, as a sentence: the message of a finding has the line. */
  readonly remediationSteps: string;
  readonly tags: readonly string[];
  /** What a reader could take it to see and it does not, as a sentence. Default: nothing to be said. */
  readonly cannotSee?: string;
  /** The rules of the model whose findings are its own: no rule belongs to two policies. */
  readonly rules: readonly string[];
  /** What it asks where its configuration does not say. Default: nothing. */
  readonly asks?: (judgement: Judgement) => readonly string[];
  /** What it can mend itself, at the level `remediate`. Default: nothing. */
  readonly remedy?: Remedy;
  readonly example: { readonly before: Example; readonly after: Example };
}

/** A policy that looks at each resource, and afterwards at those that only the whole stack tells enough about. */
export type PolicyOfBoth = ResourceValidationPolicy & StackValidationPolicy;

/** Of a definition the policy that the engine runs. */
export function resourcePolicy(definition: PolicyDefinition, pack: Pack): PolicyOfBoth {
  const { name, remedy } = definition;
  const notMended = new Map<string, string>();
  return {
    ...headOf(definition),
    validateResource: (args, report) => {
      const settings = pack.settingsFor(name, args);
      const judgement = pack.judge(args, settings);
      if ("notApplicable" in judgement) {
        notApplicable(args, judgement.notApplicable);
        return;
      }
      const why = notMended.get(args.urn);
      const { findings } = judgement;
      speak(definition, pack, settings, report, args, {
        ...judgement,
        findings: findings.map((finding) => unmended(finding, why)),
      });
    },
    validateStack: (args, report) => {
      const settings = pack.settingsFor(name, args);
      for (const { resource, judgement } of pack.judgeWithTemplates(args.resources, settings)) {
        speak(definition, pack, settings, report, resource, judgement);
      }
    },
    ...(remedy && {
      // The engine lets a policy mend before it lets it refuse.
      remediateResource: (args) => {
        const remedied = remediate(pack, definition, remedy, args);
        if (remedied !== undefined && "why" in remedied) {
          notMended.set(args.urn, remedied.why);
          return undefined;
        }
        notMended.delete(args.urn);
        return remedied && args.props;
      },
    }),
  };
}

/** Says of a judgement what belongs to a policy, and is not exempted. */
function speak(
  definition: PolicyDefinition,
  pack: Pack,
  settings: Settings,
  report: ReportViolation,
  resource: Pick<Resource, "urn" | "type" | "name">,
  judgement: Judgement,
): void {
  const { name, rules, asks } = definition;
  const lines = (findings: readonly Finding[]) =>
    findings
      .filter(({ rule }) => rules.includes(rule))
      .flatMap((finding) => pack.unlessExempted(finding, name, resource, settings) ?? [])
      .map((finding) => messageOf(name, resource.name, finding));
  for (const line of lines(judgement.findings)) {
    report(line, resource.urn);
  }
  for (const line of lines(judgement.advised)) {
    advise(report, definition, line, resource.urn);
  }
  const questions = asks?.(judgement) ?? [];
  if (questions.length > 0 && !pack.isExempted(name, resource, settings)) {
    advise(
      report,
      definition,
      onOneLine(
        `${resource.name}: cannot be judged: ${questions.join("; ")}.${pack.expiryOf(name, resource, settings)} See: ${pageOf(name)}`,
      ),
      resource.urn,
    );
  }
}

function unmended(finding: Finding, why: string | undefined): Finding {
  return why === undefined
    ? finding
    : { ...finding, cause: `${finding.cause} It was not mended, because ${why}.` };
}

/** What every policy says of itself. */
export function headOf(definition: PolicyDefinition): Policy {
  const { name, displayName, description, level, severity, remediationSteps, tags } = definition;
  return {
    name,
    displayName,
    description,
    enforcementLevel: level,
    severity,
    remediationSteps,
    tags: ["listen-backlog", ...tags],
    url: pageOf(name),
    configSchema: schemaOf(name),
  };
}

/** Why a rule of the model is no policy, for the rules that no policy has. */
export type LeftOut = Readonly<Record<RuleDescription["id"], string>>;
