/** One setting of a container. */
export interface ContainerSetting {
  readonly key: string;
  readonly value: string;
  /** The container that sets it, where several share a namespace. */
  readonly container?: string;
}

/** A network namespace of containers, and what is asked to be set in it. */
export interface NamespaceFacts {
  /** As its user names it: the container, or the pod. */
  readonly name: string;
  /** Whether it is the namespace of the host, which a container may not change. */
  readonly isHost: boolean;
  readonly settings: readonly ContainerSetting[];
  /** How its platform names them, and the network of the host, for a message. Default: in words. */
  readonly terms?: { readonly settings: string; readonly hostNetwork: string };
  /**
   * What the node allows beside the settings that are safe everywhere, as kubelet's `allowedUnsafeSysctls` has it (`net.*`,
   * `net.core.somaxconn`). Only for Kubernetes. Default: not known, or no node has a say.
   */
  readonly allowedUnsafe?: readonly string[];
  /** What runs it and takes no settings, such as `Fargate platform version 1.3.0`. Default: nothing of that kind. */
  readonly platformWithout?: { readonly name: string; readonly instead: string };
}
