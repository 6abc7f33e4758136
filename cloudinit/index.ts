export { composeUserData, type ComposeOptions, type UserDataEncoding } from "./compose";
export { type HostKeyPair } from "./host-key-pair";
export { USER_DATA_LIMIT } from "./limits";
export { type TuningPart } from "./part";
export {
  readUserData,
  type Application,
  type AppliedBy,
  type BacklogReading,
  type Conflict,
  type ContainerReading,
  type LiveReading,
  type PersistedReading,
  type Place,
  type Reading,
  type Stage,
  type Unknown,
  type UnknownReason,
  type UserDataReading,
} from "./read";
export { relistenScript, type RelistenStep } from "./relisten-script";
export { SYSCTL_FILE, SYSCTL_FILE_NAME, sysctlFileNameProblem } from "./sysctl-file";
export { UserDataError } from "./user-data-error";
