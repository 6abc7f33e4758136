export { acceptQueueCapacity, fastOpenQueueBound, isAcceptQueueFull } from "./accept-queue";
export { countersFor, dropFacts, type Counter, type DropFacts, type DropSituation } from "./counters";
export { effectiveAfterChange, effectiveBacklog, type ListenerChange } from "./effective-backlog";
export { HALF_OPEN_CONNECTION_BYTES, memoryAtFullQueue, QUEUED_CONNECTION_BYTES } from "./memory";
export { addedLatency, drainTime } from "./queue-wait";
export {
  clientRetrySchedule,
  connectTimeAfterDrop,
  halfOpenLifetime,
  type ClientSettings,
  type RetrySchedule,
} from "./retries";
export {
  synQueueBound,
  synVerdict,
  type SynArrival,
  type SynQueueBound,
  type SynQueueSettings,
  type SynVerdict,
} from "./syn-queue";
export { kernelAtLeast, parseKernelVersion, validateKernelVersion, type KernelVersion } from "./version";
