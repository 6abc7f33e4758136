export { composeUserData, UserDataError } from "./compose";
export { USER_DATA_LIMIT } from "./limits";
export { SYSCTL_FILE, type HostKeyPair, type RelistenStep, type TuningPart } from "./part";
export { readUserData, type Reading, type UserDataReading } from "./read";
