import type * as pulumi from "@pulumi/pulumi";

/** One service, and the backlog that it needs. Plain values, so that a preview can judge them. */
export interface ServiceArgs {
  /** The name in reports, 1 to 63 letters, digits, dots, dashes, underscores. Also the software, unless `software` says otherwise. */
  name: string;
  /** The server program by its name in the catalogue (`nginx`, `redis`). Default: `name`, where the catalogue has it. */
  software?: string;
  /** TCP port, 1 to 65535. Default: the usual port of the software. */
  port?: number;
  /** The path of the Unix socket that it listens on, instead of a port: `/run/php/php-fpm.sock`. */
  path?: string;
  /** The address that it listens on, as `ss` prints it. Default: every socket on the port is judged. */
  address?: string;
  /** Declared backlog: the number that it passes to `listen()`, 0 to 2147483647. Default: what the software asks for by itself. */
  backlog?: number;
  /** systemd unit that runs it, with its suffix. Default: the usual unit of the software. Needed for `relisten`. */
  unit?: string;
  /** `restart`, `reload` or `none` (default): what is done to it once the settings are in force. */
  relisten?: string;
}

/** Kernel settings. Plain values, so that a preview can judge them. */
export interface SettingsArgs {
  /** `net.core.somaxconn`, 1 to 2147483647. Default: the largest declared backlog, and no less than 4096. */
  somaxconn?: number;
  /** `net.ipv4.tcp_max_syn_backlog`. It only counts while `tcpSyncookies` is 0. Default: left alone. */
  tcpMaxSynBacklog?: number;
  /** `net.ipv4.tcp_syncookies`: 0, 1 or 2. Default: left alone. */
  tcpSyncookies?: number;
  /** Other sysctl keys and their values. Default: none. */
  extra?: { [key: string]: string };
}

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

/** What is to hold on a host that exists already, and how to look at it: the same for every component that does. */
export interface HostArgs {
  /**
   * The services on the host and the backlog that each needs. At least one. A change looks again. Where the host is tuned, `relisten` says what
   * is done to one whose effective backlog is not as declared, and they are taken in this order.
   */
  services: ServiceArgs[];
  /** Kernel settings. Default: somaxconn as large as the largest declared backlog, and no less than 4096. */
  settings?: SettingsArgs;
  /** The address or name of the host. A change looks again. */
  host: pulumi.Input<string>;
  /** How to reach it. */
  ssh: HostSshArgs;
  /**
   * Where services are judged. `auto` (default): in the network namespace of the host, and only a service that is not there in those of
   * containers. `all`: wherever something listens on the port. Only root sees the namespaces of containers.
   */
  namespaces?: string;
  /**
   * `onChange` (default): looks when something of this resource changed. `everyUpdate`: looks at each `pulumi up`, which finds drift; every
   * preview then shows `NAME-verify` as to be replaced.
   */
  verify?: string;
  /**
   * `fail` (default): a host that is not as declared fails the deployment. `warn`: what is found is a warning, and in the outputs. A host that
   * cannot be reached, or whose answer is none, fails the deployment either way.
   */
  onFailure?: string;
  /** Texts whose change looks again, such as the id of an instance. Default: none. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
}
