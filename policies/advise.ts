import type { ReportViolation } from "@pulumi/policy";

/** What the SDK takes as well as a text, and leaves out of its types: a line with a level of its own. */
export interface Advice {
  readonly message: string;
  readonly enforcementLevel: "advisory";
  readonly urn?: string;
}

/**
 * Reports a line that refuses nothing, whatever the level of its policy: what is not known in a preview must not stop every
 * preview, and an exemption that is shown is still one.
 */
export function advise(
  report: ReportViolation,
  { description }: { readonly description: string },
  line: string,
  urn?: string,
): void {
  const advice: Advice = {
    message: `${description}\n${line}`,
    enforcementLevel: "advisory",
    ...(urn !== undefined && { urn }),
  };
  (report as unknown as (advice: Advice) => void)(advice);
}
