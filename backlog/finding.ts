/** How much a finding weighs: an `error` makes a declaration or a host wrong, a `warning` makes it risky, `info` only explains. */
export type Severity = "error" | "warning" | "info";

/** One thing that is wrong or risky. The same shape flows through checks, policies, verification and reports. */
export interface Finding {
  /** Stable kebab-case id of the rule, for example `somaxconn-covers-backlog`. */
  readonly rule: string;
  readonly severity: Severity;
  /** What it is about: a service, a setting, a socket or a file, named as the user would name it. */
  readonly subject: string;
  /** What must hold, as a value: a number or a short phrase. Never user data, commands or secrets. */
  readonly wanted: string;
  /** What is there instead. */
  readonly got: string;
  /** Why it is so, in one sentence. */
  readonly cause: string;
  /** The exact line to type, or the exact step to take. */
  readonly fix: string;
}

/** One bad field of a user's input: refused before anything is changed. */
export interface InputProblem {
  /** Where: `services[0].backlog`, `settings.somaxconn`. */
  readonly path: string;
  /** What was given, printed safely and shortened. */
  readonly given: string;
  /** What is allowed. */
  readonly allowed: string;
  /** What to type instead. */
  readonly fix: string;
}

/** The one-line form of a problem, the same in every error message. */
export function formatProblem(problem: InputProblem): string {
  return `${problem.path}: ${formatReason(problem)}`;
}

/** The same without the place, where something else names it. */
export function formatReason({ given, allowed, fix }: Omit<InputProblem, "path">): string {
  return `given ${given}; allowed: ${allowed}; instead: ${fix}`;
}

/** The one-line form of a finding, the same in policies, errors and logs. */
export function formatFinding(finding: Finding): string {
  return `${finding.subject}: wanted ${finding.wanted}, got ${finding.got}. Cause: ${finding.cause} Fix: ${finding.fix}`;
}

const SHOWN = 60;

/** Prints any given value for an error message: quoted if a string, on one line, at most {@link SHOWN} characters. */
export function showGiven(value: unknown): string {
  let text: string;
  if (value === undefined) {
    text = "nothing";
  } else if (typeof value === "number" || typeof value === "bigint" || typeof value === "symbol") {
    // String() would print -0 as the 0 that is allowed where -0 is not.
    text = Object.is(value, -0) ? "-0" : String(value);
  } else if (typeof value === "function") {
    text = "a function";
  } else {
    try {
      // Undefined where the object has a toJSON that returns it, which the type does not know.
      const printed = JSON.stringify(value) as string | undefined;
      text = printed ?? "nothing";
    } catch {
      text = "a value that cannot be printed";
    }
  }
  // Non-ASCII is escaped so that look-alikes and control characters are visible in a terminal.
  const visible = text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return visible.length > SHOWN ? `${visible.slice(0, SHOWN)}...` : visible;
}
