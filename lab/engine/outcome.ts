import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";

/** A policy that was violated. */
export interface PolicyViolation {
  readonly pack: string;
  readonly policy: string;
  /** `mandatory` refuses the deployment, `advisory` only tells. */
  readonly level: "mandatory" | "advisory";
  readonly message: string;
  /** The resource, when it is about one. */
  readonly urn: string | undefined;
}

/** Something that the engine, the program or a provider said. */
export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  /** The resource, when it is about one. */
  readonly urn: string | undefined;
  readonly message: string;
}

/** What an operation did, or why it was refused or failed. */
export interface Outcome {
  /** Whether the operation ran to its end: nothing was refused and nothing failed. */
  readonly ok: boolean;
  /** How many resources were (or in a preview: would be) created, updated, replaced, deleted or left the same. Empty when it failed early. */
  readonly changes: Readonly<OpMap>;
  readonly policyViolations: readonly PolicyViolation[];
  /** In the order in which they came, without what was only shown while something ran. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The engine also sends `debug`, which its SDK's types do not know and nobody here wants. */
const SEVERITIES: ReadonlyMap<string, Diagnostic["severity"]> = new Map([
  ["info", "info"],
  ["info#err", "info"],
  ["warning", "warning"],
  ["error", "error"],
]);

/** Gathers the engine's events into an {@link Outcome}. */
export class OutcomeCollector {
  private changes: OpMap = {};
  private readonly policyViolations: PolicyViolation[] = [];
  private readonly diagnostics: Diagnostic[] = [];
  private events = 0;

  add(event: EngineEvent): void {
    this.events++;
    const { policyEvent: policy, diagnosticEvent: said, summaryEvent: summary } = event;
    if (policy) {
      this.policyViolations.push({
        pack: policy.policyPackName,
        policy: policy.policyName,
        level: policy.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
        message: plainText(policy.message),
        urn: policy.resourceUrn || undefined,
      });
    }
    const severity = said && SEVERITIES.get(said.severity);
    if (said && severity && !said.ephemeral) {
      this.addDiagnostic({ severity, urn: said.urn || undefined, message: plainText(said.message) });
    }
    if (summary) {
      this.changes = { ...summary.resourceChanges };
    }
  }

  /** The engine reports the error that ends a program twice. */
  private addDiagnostic(added: Diagnostic): void {
    if (
      !this.diagnostics.some(
        (d) => d.message === added.message && d.severity === added.severity && d.urn === added.urn,
      )
    ) {
      this.diagnostics.push(added);
    }
  }

  /** Whether the engine got as far as the deployment itself. */
  get engineRan(): boolean {
    return this.events > 0;
  }

  outcome(ok: boolean): Outcome {
    const { changes, policyViolations, diagnostics } = this;
    return { ok, changes, policyViolations: [...policyViolations], diagnostics: [...diagnostics] };
  }
}

/** Without the engine's colour marks (`<{%fg 1%}>`), and without space around it. */
export function plainText(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}
