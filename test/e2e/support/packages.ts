import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Debian package name: https://www.debian.org/doc/debian-policy/ch-controlfields.html#source */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;

/** Which of these Debian packages are not installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  const installed = await Promise.all(names.map(isInstalled));
  return names.filter((_, i) => installed[i] !== true);
}

async function isInstalled(name: string): Promise<boolean> {
  if (!PACKAGE.test(name)) {
    throw new RangeError(`not the name of a Debian package: ${JSON.stringify(name)}`);
  }
  try {
    const { stdout } = await run("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name]);
    return stdout === "installed";
  } catch (error) {
    // dpkg-query exits with 1 if it has never heard of the package; anything else is a broken machine.
    if (error instanceof Error && "code" in error && error.code === 1) {
      return false;
    }
    throw error;
  }
}

/**
 * Installs the Debian packages that are missing, without recommended ones. Does nothing, and needs no network, if all are
 * there. A package that brings a service may start it: that is up to its own scripts.
 * @throws Error naming the packages and what to type, if they cannot be installed
 */
export async function ensurePackages(names: readonly string[]): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) {
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  try {
    // The lists of packages may be older than the packages on the mirror.
    await run("apt-get", ["update"], { env });
    await run("apt-get", install, { env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new Error(
      `These tests need Debian packages that could not be installed: apt-get ${install.join(" ")}`,
      {
        cause: error,
      },
    );
  }
}
