/** What the stand-in needs of the lab's hosts: an instance is one of them. */
export interface InstanceHosts {
  create(seed: {
    instanceId: string;
    hostname: string;
    userData: Buffer;
    publicKeys: string[];
  }): Promise<InstanceHost>;
  get(instanceId: string): Promise<InstanceHost | undefined>;
  /** Only while the host is stopped. The instance id stays, so that cloud-init does not run it again. */
  replaceUserData(instanceId: string, userData: Buffer): Promise<void>;
  start(instanceId: string): Promise<unknown>;
  stop(instanceId: string): Promise<unknown>;
  /** Stops the host and deletes its disk; does nothing when there is none. */
  destroy(instanceId: string): Promise<unknown>;
}

export interface InstanceHost {
  readonly address: string;
  readonly state: "running" | "stopped";
}
