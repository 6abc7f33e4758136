import { showGiven, type InputProblem } from "../finding";

/** The part of a kernel release that rules depend on: 6.1 of `6.1.0-18-cloud-amd64`. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

const RELEASE = /^(\d{1,3})\.(\d{1,4})(?:[.+~_-][0-9A-Za-z.+~_-]{0,120})?$/;
const ALLOWED = "a kernel release as `uname -r` prints it, beginning with MAJOR.MINOR";

/**
 * Reads a kernel release as `uname -r` prints it.
 * Returns undefined if the text is not a release; the patch level and the distribution's suffix are ignored,
 * because no rule here depends on them.
 */
export function parseKernelVersion(release: string): KernelVersion | undefined {
  const match = RELEASE.exec(release);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** Refuses everything that is not a kernel release. Returns undefined if the value can be used. */
export function validateKernelVersion(value: unknown, path: string): InputProblem | undefined {
  if (typeof value === "string" && parseKernelVersion(value) !== undefined) {
    return undefined;
  }
  return {
    path,
    given: showGiven(value),
    allowed: ALLOWED,
    fix: 'a string such as "6.1" or "5.10.230-223.885"',
  };
}

/**
 * Whether a kernel is at least the version given. No kernel at all stands for a current one: every rule that has
 * changed is then taken as it is today.
 * @throws RangeError if either text is not a kernel release; validate user input with {@link validateKernelVersion} first.
 */
export function kernelAtLeast(kernel: string | undefined, wanted: string): boolean {
  const least = required(wanted);
  if (kernel === undefined) {
    return true;
  }
  const have = required(kernel);
  return have.major > least.major || (have.major === least.major && have.minor >= least.minor);
}

function required(release: string): KernelVersion {
  const version = parseKernelVersion(release);
  if (version === undefined) {
    throw new RangeError(`kernel: given ${showGiven(release)}; allowed: ${ALLOWED}`);
  }
  return version;
}
