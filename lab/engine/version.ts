/** The version of the Pulumi CLI that is built when none is installed: the one that go.mod pins. */
export const BUILT_VERSION = "3.250.0";

/** The versions of an installed Pulumi CLI that are used, in words: the resource `pulumi.Stash` came with 3.208. */
export const ACCEPTED_VERSIONS = ">=3.208 <4";

/** Reads what `pulumi version` prints (`v3.250.0`). @returns the version without `v`, or undefined when it is none. */
export function parsePulumiVersion(printed: string): string | undefined {
  // Pre-releases and development builds carry a suffix: 3.251.0-alpha.1, 3.250.0-dev.0+abc.
  return /^v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)$/.exec(printed.trim())?.[1];
}

/** Whether an installed CLI of this version is used. */
export function isAcceptedVersion(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major === 3 && minor !== undefined && minor >= 208;
}

/** Reads what `go version` prints (`go version go1.26.8 linux/amd64`). @returns `1.26.8`, or undefined. */
export function parseGoVersion(printed: string): string | undefined {
  return /\bgo version (?:devel )?go(\d+\.\d+(?:\.\d+)?)/.exec(printed)?.[1];
}

/** The Go version that a go.mod asks for. */
export function requiredGoVersion(goMod: string): string {
  const version = /^go (\d+\.\d+(?:\.\d+)?)\s*$/m.exec(goMod)?.[1];
  if (version === undefined) {
    throw new Error("go.mod has no `go` line");
  }
  return version;
}

/** Whether a release `have` is at least `wanted`, number by number; a missing last number counts as 0. */
export function isAtLeast(have: string, wanted: string): boolean {
  const numbers = (version: string) => version.split(".").map(Number);
  const [a, b] = [numbers(have), numbers(wanted)];
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}
