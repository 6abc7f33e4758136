/** What a host is made from. */
export interface HostSeed {
  /** An EC2 instance id, `i-` and 8 or 17 hex digits, that no other host of the lab has. */
  readonly instanceId: string;
  /** One DNS label in lower case: letters, digits and hyphens, at most 63 characters. */
  readonly hostname: string;
  /** Handed to cloud-init byte by byte, whatever it holds: cloud-config, a script, MIME, gzip, or nothing at all. */
  readonly userData: Buffer;
  /** Public keys, one authorized_keys line each, without options, that may log in as `admin`. */
  readonly publicKeys: readonly string[];
}

/** `running` from the moment the boot starts until the shutdown is complete. */
export type HostState = "running" | "stopped";

export interface HostInfo {
  readonly instanceId: string;
  readonly hostname: string;
  /** The host's only IPv4 address. It keeps it until it is destroyed. */
  readonly address: string;
  readonly state: HostState;
}
