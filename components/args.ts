import type * as pulumi from "@pulumi/pulumi";
import type { HostSshArgs, SshArgs } from "./ssh-args";

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

/** What a `TunedServer` is made of. */
export interface TunedServerArgs {
  /**
   * The services that run on the server and the backlog that each needs. At least one. A change is a change of the user
   * data: see `userDataReplaceOnChange`.
   */
  services: ServiceArgs[];
  /** Kernel settings. Default: somaxconn as large as the largest declared backlog, and no less than 4096. */
  settings?: SettingsArgs;
  /** The machine image: any that brings cloud-init 22.2 or newer, systemd and iproute2. A change replaces the server. */
  ami: pulumi.Input<string>;
  /** The EC2 instance type, such as `t3.small`. A change stops and starts the server. */
  instanceType: pulumi.Input<string>;
  /** The name of the EC2 key pair whose private key is `ssh.privateKey`. A change replaces the server. */
  keyName?: pulumi.Input<string>;
  /** The subnet. Default: one of the default VPC. A change replaces the server. */
  subnetId?: pulumi.Input<string>;
  /** The security groups. One must let the machine that runs Pulumi in on the SSH port. */
  vpcSecurityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether the server gets a public address. Default: as the subnet says. */
  associatePublicIpAddress?: pulumi.Input<boolean>;
  /** The instance profile, by name. */
  iamInstanceProfile?: pulumi.Input<string>;
  /**
   * Your own user data in any form that cloud-init knows, as text, as base64, or as base64 of gzip. Ours is added behind it and
   * nothing of it is lost. Together at most 16,384 bytes.
   */
  userData?: pulumi.Input<string>;
  /**
   * Whether the user data is compressed, which holds more. Default `false`: no preview, policy or person can read it then.
   * A change is a change of the user data.
   */
  compressUserData?: boolean;
  /**
   * Whether the first boot sets the values as early as cloud-init can, in `bootcmd`, before most services start and call
   * `listen()`. Default `true`. Either way they are set again when every script of yours has run, and later boots take them
   * from the file. A change is a change of the user data.
   */
  applyEarly?: boolean;
  /**
   * The name of the file in `/etc/sysctl.d`: letters, digits, dots, dashes and underscores, `.conf` at the end. Default
   * `99-zz-listen-backlog.conf`; of two files that set the same key, the one that sorts last wins. A change is a change of
   * the user data.
   */
  sysctlFileName?: string;
  /**
   * Whether changed user data replaces the server. Default `true`: cloud-init runs it once for each instance, so on the
   * same instance a change would have no effect, and verification would fail.
   */
  userDataReplaceOnChange?: pulumi.Input<boolean>;
  /**
   * Where services are judged. `auto` (default): in the network namespace of the host, and only a service that is not there in those of
   * containers. `all`: wherever something listens on the port. Only root sees the namespaces of containers.
   */
  namespaces?: string;
  /** Tags of the instance. `Name` defaults to the name of the component. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** How verification reaches the server. */
  ssh: SshArgs;
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

/** What a `BacklogVerification` looks at. */
export interface BacklogVerificationArgs extends HostArgs {
  /** `at-least` (default): values may be higher than declared. `exact`: they may not. */
  mode?: string;
}

/** What a `TunedHost` is to be. */
export interface TunedHostArgs extends HostArgs {
  /**
   * `at-least` (default): no value is ever lowered; where the host has a higher one, now or at its next boot, that one is
   * written. `exact`: the declared values, also where that lowers them.
   */
  mode?: string;
  /** The name of our file in `/etc/sysctl.d`. Default `99-zz-listen-backlog.conf`. A change leaves the old file where it is. */
  sysctlFileName?: string;
  /**
   * `onChange` (default): tunes when something of this resource changed. `everyUpdate`: at each `pulumi up`, which repairs drift; every
   * preview then shows `NAME-apply` as to be replaced. A host that is right already is not touched either way.
   */
  apply?: string;
  /**
   * Whether the values that the host had before are put back, and our file removed, when this resource goes. Default `false`: then
   * nothing is dialled. A host that cannot be reached any more is passed over. Needs the OpenSSH client where Pulumi runs.
   */
  restoreOnDestroy?: boolean;
}
