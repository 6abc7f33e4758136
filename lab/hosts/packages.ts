import * as fs from "node:fs";
import * as path from "node:path";

import { LabError } from "../errors";
import type { Progress } from "../progress";
import { explainAptFailure } from "./apt-failure";
import { describeEnd, runCommand } from "./command";

/** The Debian packages that hosts need on the machine, and what for. */
export const NEEDED_PACKAGES: readonly string[] = [
  "systemd-container", // systemd-nspawn, which runs a host
  "mmdebstrap", // builds the base image
  "debian-archive-keyring", // tells its packages from forged ones
  "openssh-client",
  "iproute2", // bridge and addresses
  "procps",
  "util-linux", // unshare, setpriv, flock
  "mount",
];

/** Where the package system is; tests put their own here. */
export interface PackageSystem {
  /** dpkg's list of what is installed. */
  readonly statusFile: string;
  readonly osRelease: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where a Debian keeps it. */
export const THIS_MACHINE: PackageSystem = {
  statusFile: "/var/lib/dpkg/status",
  osRelease: "/etc/os-release",
  env: process.env,
};

/** Installs the Debian packages that are missing, after saying which. Does nothing, and fast, when there are none. */
export async function ensurePackages(
  progress: Progress,
  system: PackageSystem = THIS_MACHINE,
  wanted: readonly string[] = NEEDED_PACKAGES,
): Promise<void> {
  const missing = missingPackages(system, wanted);
  if (missing.length === 0) {
    return;
  }
  const names = missing.join(" ");
  await progress.step(`install the Debian packages ${names}`, async (note) => {
    const apt = aptGet(system);
    const update = await apt(["update"], note);
    // A broken repository of somebody else must not stop an installation that does not need it.
    const install = await apt(["install", "--yes", "--no-install-recommends", ...missing], note);
    const failed = install.code === 0 ? undefined : update.code === 0 ? install : update;
    if (failed) {
      const output = `${failed.stdout}\n${failed.stderr}`;
      throw explainAptFailure(`installing ${names}`, output, describeEnd(failed), "/var");
    }
    const still = missingPackages(system, wanted);
    if (still.length > 0) {
      throw new LabError(`apt-get reported success, and ${still.join(" ")} is not installed`, {
        fix: `install it by hand and see what happens: apt-get install ${still.join(" ")}`,
      });
    }
  });
}

/** The needed packages that are not completely installed. @throws LabError on a system without dpkg. */
export function missingPackages(
  system: PackageSystem = THIS_MACHINE,
  wanted: readonly string[] = NEEDED_PACKAGES,
): string[] {
  return notInstalled(readStatus(system), wanted);
}

/** Which of these are not completely installed, by the content of dpkg's status file. */
export function notInstalled(status: string, wanted: readonly string[]): string[] {
  const text = `\n${status}`;
  return wanted.filter((name) => {
    // A package stands there once for each architecture.
    for (
      let at = text.indexOf(`\nPackage: ${name}\n`);
      at >= 0;
      at = text.indexOf(`\nPackage: ${name}\n`, at + 1)
    ) {
      const end = text.indexOf("\n\n", at + 1);
      if (text.slice(at, end < 0 ? undefined : end + 1).includes("\nStatus: install ok installed\n")) {
        return false;
      }
      if (text.slice(at, end < 0 ? undefined : end + 1).includes("\nStatus: hold ok installed\n")) {
        return false;
      }
    }
    return true;
  });
}

function readStatus(system: PackageSystem): string {
  try {
    return fs.readFileSync(system.statusFile, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw notDebian(system, `there is no ${system.statusFile}`);
    }
    throw error;
  }
}

function aptGet(system: PackageSystem) {
  const env = { ...system.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const found = (system.env["PATH"] ?? "")
    .split(":")
    .some((folder) => fs.existsSync(path.join(folder, "apt-get")));
  if (!found) {
    throw notDebian(system, "there is no apt-get");
  }
  return (args: readonly string[], note: (detail: string) => void) =>
    // Other installations are waited for, but not for ever.
    runCommand("apt-get", ["-o", "DPkg::Lock::Timeout=60", ...args], { env, onLine: note });
}

function notDebian(system: PackageSystem, why: string): LabError {
  const name = fs.existsSync(system.osRelease)
    ? /^PRETTY_NAME="?([^"\n]*)/m.exec(fs.readFileSync(system.osRelease, "utf8"))?.[1]
    : undefined;
  return new LabError(
    `the lab needs Debian or a relative of it; this is ${name ?? "something else"} (${why})`,
    {
      fix: "run it on Debian 12: a virtual machine will do",
    },
  );
}
