/** A finding that somebody has thought through before the policies were asked. */
export interface Expected {
  readonly policy: string;
  /** The name of the resource in the program. */
  readonly resource: string;
  readonly level: "mandatory" | "advisory";
  /** What the message says, among other things. */
  readonly says: readonly string[];
}

/** What a policy reported: an {@link Expected} with the whole message. */
export interface Reported extends Omit<Expected, "says"> {
  readonly message: string;
}

/** A Pulumi program as somebody would write it, and what the policies have to say of it. */
export interface PolicyProgram {
  /** Why it has these findings, or none. */
  readonly why: string;
  /** The stack that it is on: what a resource does for others counts in the whole of it. Default `programs`. */
  readonly stack?: string;
  /** Registers the resources. Every name begins with the name of the file, as the programs of a stack run in one preview. */
  readonly run: () => void | Promise<void>;
  /** In a preview. */
  readonly expected: readonly Expected[];
}

/** Secrets of programs and samples begin with this, so that all output can be searched for them. */
export const PLANTED = "hunter2";

/** Where expectation and report differ, in words; empty if nowhere. */
export function differences(expected: readonly Expected[], reported: readonly Reported[]): string[] {
  const left = [...reported];
  const missing = expected.filter((wanted) => {
    const found = left.findIndex((got) => isWanted(wanted, got));
    if (found >= 0) {
      left.splice(found, 1);
    }
    return found < 0;
  });
  return [
    ...missing.map(
      ({ policy, resource, level, says }) =>
        `missing: ${policy} (${level}) on ${resource}, saying ${says.join(" ... ")}`,
    ),
    ...left.map(
      ({ policy, resource, level, message }) =>
        `not expected: ${policy} (${level}) on ${resource}: ${message}`,
    ),
  ];
}

function isWanted(wanted: Expected, got: Reported): boolean {
  return (
    wanted.policy === got.policy &&
    wanted.resource === got.resource &&
    wanted.level === got.level &&
    wanted.says.every((words) => got.message.includes(words))
  );
}
