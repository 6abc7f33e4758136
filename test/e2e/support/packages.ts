import { ensurePackages, NEEDED_PACKAGES, THIS_MACHINE } from "../../../lab/hosts/packages";
import type { Progress } from "../../../lab/progress";

/** The Debian packages that tests need besides those of the lab. */
export const TEST_PACKAGES: readonly string[] = [
  ...NEEDED_PACKAGES,
  "busybox-static", // one of the shells that the probe runs under
  "gawk", // the awks that the probe runs under, besides that of Debian and that of busybox
  "original-awk",
  "mksh", // one more shell
  "toybox", // one more userland
  "strace", // counts the processes that the probe starts, and sees what it writes
  "hping3", // sends the SYNs of the SYN queue tables
  "python3-minimal", // drives sockets in namespaces
  "python3-yaml", // the YAML that cloud-init reads
  "shellcheck", // judges the scripts
];

/** Installs what is missing of them, after saying which. */
export function ensureTestPackages(progress: Progress): Promise<void> {
  return ensurePackages(progress, THIS_MACHINE, TEST_PACKAGES);
}
