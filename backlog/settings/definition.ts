/** The sysctl key of a setting that has a name of its own. */
export type SettingKey =
  | "net.core.somaxconn"
  | "net.ipv4.tcp_max_syn_backlog"
  | "net.ipv4.tcp_syncookies"
  | "net.ipv4.tcp_abort_on_overflow"
  | "net.ipv4.tcp_synack_retries"
  | "net.ipv4.tcp_fastopen"
  | "net.core.netdev_max_backlog"
  | "fs.file-max"
  | "fs.nr_open";

/** The name of the same setting in a declaration. */
export type SettingName =
  | "somaxconn"
  | "tcpMaxSynBacklog"
  | "tcpSyncookies"
  | "tcpAbortOnOverflow"
  | "tcpSynackRetries"
  | "tcpFastopen"
  | "netdevMaxBacklog"
  | "fsFileMax"
  | "fsNrOpen";

/** From this kernel on, a fresh kernel has this value. */
export interface SettingDefault {
  /** First kernel with it, MAJOR.MINOR. */
  readonly since: string;
  /** The value, or "computed" if the kernel derives it from the machine's memory: then it differs per machine. */
  readonly value: number | "computed";
}

/** Everything that is known of one setting. */
export interface SettingDefinition {
  readonly key: SettingKey;
  readonly name: SettingName;
  readonly type: "integer";
  /** What one of it is. */
  readonly unit: string;
  /** Smallest value that we allow. */
  readonly min: number;
  /** Largest value that we allow. */
  readonly max: number;
  /** The bits that may be set, where the value is a bit mask. */
  readonly mask?: number;
  /** Smallest value that the kernel accepts. A bigint, because `fs.file-max` reaches 2^63-1. */
  readonly kernelMin: bigint;
  /** Largest value that the kernel accepts. */
  readonly kernelMax: bigint;
  /** Why our range is narrower than the kernel's. Empty if it is not. */
  readonly whyNarrower: string;
  /** What to give instead of a value out of range. */
  readonly suggestion: string;
  /** Oldest kernel first. */
  readonly defaults: readonly SettingDefault[];
  /** Whether each network namespace has its own value, or the host has one for all. */
  readonly scope: "network-namespace" | "host";
  /** First kernel on which each network namespace has its own value; absent if the host has one for all. */
  readonly namespacedSince?: string;
  /** What it bounds. */
  readonly bounds: string;
  /** What people believe that it bounds, and it does not. */
  readonly doesNotBound: string;
  /** Where these facts come from. */
  readonly source: string;
}
