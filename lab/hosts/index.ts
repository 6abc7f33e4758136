export { Hosts } from "./hosts";
export { labImage, type LabImage } from "./image";
export { imageIsReady } from "./image-cache";
export { missingPackages } from "./packages";
export { ensureHostsReady } from "./ready";
export {
  ACCEPT_ANY,
  ssh,
  sshArguments,
  waitForSsh,
  type SshResult,
  type SshRun,
  type SshTarget,
} from "./ssh";
export type { HostInfo, HostSeed, HostState } from "./types";
