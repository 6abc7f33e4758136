import type { Lab } from "../identity";
import type { Progress } from "../progress";
import { ensureImage } from "./image-build";
import { ensurePackages } from "./packages";
import { requireMachine } from "./requirements";

/**
 * Makes this machine able to run hosts: checks what cannot be changed (Linux, root, the kernel), installs the Debian packages
 * that are missing, and builds the base image. What is there is not done again; then it takes a few milliseconds.
 *
 * @throws LabError that says what is missing and how to get it.
 */
export async function ensureHostsReady(lab: Lab, progress: Progress): Promise<void> {
  await requireMachine(lab.dir);
  await ensurePackages(progress);
  await ensureImage(lab, progress);
}
