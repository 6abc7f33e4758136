import type * as pulumi from "@pulumi/pulumi";

/** A host that SSH connections go through. */
export interface BastionArgs {
  /** Its address or name. */
  host: pulumi.Input<string>;
  /** Its SSH host key, `ssh-ed25519 AAAA...`. */
  hostKey: pulumi.Input<string>;
  /** The user there. Default: the user of the server. */
  user?: pulumi.Input<string>;
  /** Default 22. */
  port?: pulumi.Input<number>;
  /** The private key there. Default: the key of the server. */
  privateKey?: pulumi.Input<string>;
  /** The passphrase of `privateKey` here. Kept as a secret. Default: that of the server's key, if that key is used here. */
  privateKeyPassword?: pulumi.Input<string>;
}

/** How verification reaches a server. The host key is always checked: the component gives the server its key. */
export interface SshArgs {
  /** The user. It needs no privileges. Default `admin`, as on Debian; `ec2-user` on Amazon Linux, `ubuntu` on Ubuntu. */
  user?: pulumi.Input<string>;
  /** The private key, OpenSSH or PEM. Kept as a secret. Default: the keys of the agent at `SSH_AUTH_SOCK`. */
  privateKey?: pulumi.Input<string>;
  /** The passphrase of `privateKey`. Kept as a secret. Default: none. */
  privateKeyPassword?: pulumi.Input<string>;
  /** The socket of an SSH agent, on the machine that runs Pulumi. Default: `SSH_AUTH_SOCK`. */
  agentSocketPath?: pulumi.Input<string>;
  /** Default 22. */
  port?: pulumi.Input<number>;
  /** A host to go through. Default: none. */
  bastion?: BastionArgs;
  /** Dial the private address rather than the public one. Default `false`. */
  usePrivateAddress?: boolean;
  /**
   * How many failed dials are taken. Default 40: about 160 seconds while connections are refused, which a booting
   * instance needs. -1 for no limit.
   */
  dialErrorLimit?: pulumi.Input<number>;
  /** Most seconds for one dial. Default 15. */
  perDialTimeout?: pulumi.Input<number>;
  /** Most seconds to wait for cloud-init on the server, 0 to 86400. Default 300. */
  cloudInitTimeoutSeconds?: number;
}

/** How to reach a host that exists already. Its host key is pinned: whoever answers with another one is refused. */
export interface HostSshArgs {
  /** The user. To verify it needs no privileges; to tune, root or the commands of sudo that `docs/verification.md` lists. */
  user: pulumi.Input<string>;
  /** The private key, OpenSSH or PEM. Kept as a secret. Default: the keys of the agent. */
  privateKey?: pulumi.Input<string>;
  /** The passphrase of `privateKey`. Kept as a secret. Default: none. */
  privateKeyPassword?: pulumi.Input<string>;
  /** The socket of an SSH agent, on the machine that runs Pulumi. Default: `SSH_AUTH_SOCK`. */
  agentSocketPath?: pulumi.Input<string>;
  /** Default 22. */
  port?: pulumi.Input<number>;
  /**
   * The SSH host key, `ssh-ed25519 AAAA...` or one of ECDSA: the content of `/etc/ssh/ssh_host_ed25519_key.pub` on the host.
   * Required, unless `dangerouslyAcceptAnyHostKey` is true.
   */
  hostKey?: pulumi.Input<string>;
  /**
   * Whether to talk to whoever answers at the address. Default `false`. With `true`, anybody on the way can pose as the host: give
   * any report, and, where the host is tuned, receive what is sent there. For throw-away hosts only.
   */
  dangerouslyAcceptAnyHostKey?: boolean;
  /** A host to go through. Default: none. */
  bastion?: BastionArgs;
  /** How many failed dials are taken. Default 10: 11 seconds while connections are refused, 176 where nothing answers. -1 for no limit. */
  dialErrorLimit?: pulumi.Input<number>;
  /** Most seconds for one dial. Default 15. */
  perDialTimeout?: pulumi.Input<number>;
  /** Most seconds to wait for cloud-init on the host, 0 to 86400. Default 300; a host without cloud-init is not waited for. */
  cloudInitTimeoutSeconds?: number;
}
