/** What happens to a service after its settings changed: `restart` and `reload` make it re-listen, `none` leaves it alone. */
export type Relisten = "restart" | "reload" | "none";

export const RELISTEN: readonly Relisten[] = ["restart", "reload", "none"];

/** One service, and the backlog that it needs. */
export interface ServiceDeclaration {
  /** The name in reports, 1 to 63 of `a-z A-Z 0-9 . _ -`. Also the software, unless `software` says otherwise. Unique. */
  readonly name: string;
  /** The server program by its name in the catalogue (`nginx`, `redis`). Default: `name`, where the catalogue has it. */
  readonly software?: string;
  /** TCP port, 1 to 65535. Default: the usual port of the software, unless `path` is given. */
  readonly port?: number;
  /**
   * The path of the Unix socket that it listens on, instead of a port: absolute, of `A-Z a-z 0-9 . _ @ / -`, at most 107 bytes.
   * somaxconn caps it as it caps TCP.
   */
  readonly path?: string;
  /** The IPv4 or IPv6 address that it listens on, as `ss` prints it (`::1`). Default: every socket on the port is judged. */
  readonly address?: string;
  /**
   * Declared backlog: the number that the service passes to `listen()`, 0 to 2147483647. Default: what the software asks
   * for when nobody configures it; software that follows somaxconn gets somaxconn.
   */
  readonly backlog?: number;
  /** systemd unit that runs it, with its suffix: `nginx.service`. Default: the usual unit of the software. Needed for `relisten`. */
  readonly unit?: string;
  /** What is done to it after a change of the settings. Default `none`. */
  readonly relisten?: Relisten;
}

/** The kernel settings to hold, in the network namespace of the services. */
export interface SettingsDeclaration {
  /** `net.core.somaxconn`, 1 to 2147483647. Default: the largest declared backlog, and no less than 4096. */
  readonly somaxconn?: number;
  /** `net.ipv4.tcp_max_syn_backlog`. It only counts while `tcpSyncookies` is 0. Default: left alone. */
  readonly tcpMaxSynBacklog?: number;
  /** `net.ipv4.tcp_syncookies`: 0, 1 or 2. Default: left alone (the kernel's own default is 1). */
  readonly tcpSyncookies?: number;
  /** Other sysctl keys and their values. Default: none. */
  readonly extra?: Readonly<Record<string, number | string>>;
}

/** What each service needs, and the settings that give it. The one input of everything in this project. */
export interface BacklogDeclaration {
  readonly services: readonly ServiceDeclaration[];
  readonly settings?: SettingsDeclaration;
}
