import type { Finding } from "../backlog/finding";

/** The schema of the report that this version reads. */
export const REPORT_SCHEMA = "listen-backlog-report/1";

/** A line that sets a key at the next boot and is overruled by another. */
export interface LosingLine {
  readonly file: string;
  readonly line: number;
  readonly value: string;
}

/** A wanted setting, and what the host has. */
export interface ReportedSetting {
  readonly key: string;
  readonly wanted: string;
  /** What `/proc/sys` says now; empty if the host does not show the key. */
  readonly live: string;
  /** What `sysctl` says now; empty if the host has no such command or key. */
  readonly sysctl: string;
  /** What the next boot sets; empty if nothing does. */
  readonly persisted: string;
  /** The file that sets it at the next boot. */
  readonly file: string;
  readonly line: number | null;
  /** When that file was last changed, in seconds since 1970; null if nobody can say. */
  readonly changed?: number | null;
  /** The lines that also set it, and are overruled; the last to be overruled first. */
  readonly losers?: readonly LosingLine[];
  /** How many more of them there are. */
  readonly losersOmitted?: number;
  /** Whether live and persisted are as wanted; null if the host does not show that. */
  readonly holds: boolean | null;
}

/** A listening socket of a declared service. What the probe could not see is left out. */
export interface ReportedSocket {
  /** Address and port as `ss` prints them, or the path of a Unix socket. */
  readonly local: string;
  /** Connections in its accept queue at that moment; null if the host does not show it. */
  readonly recvQ: number | null;
  /** Effective backlog; null if the host does not show it. */
  readonly sendQ: number | null;
  /** The network namespace that it lives in, as an inode number; left out in that of the probe. */
  readonly namespace?: string;
  /** The name of the oldest process that holds it: the one that called `listen()`, unless it inherited the socket. */
  readonly process?: string;
  readonly pid?: number;
  /** The systemd unit of the youngest process that holds it. */
  readonly unit?: string;
  /** When that oldest process started, in seconds since 1970. */
  readonly started?: number;
  /** Whether that is before or after the last change of the file that sets somaxconn. */
  readonly listeningSince?: "before-change" | "after-change";
  /** The soft limit of open files of the youngest process that holds it: one that accepts. */
  readonly openFiles?: number;
}

export interface ReportedService {
  readonly name: string;
  /** TCP port; null for a Unix socket. */
  readonly port: number | null;
  /** The path of a Unix socket. */
  readonly path?: string;
  /** The declared address; left out where none is declared. */
  readonly address?: string;
  readonly wanted: number;
  /** Whether it listens, and every socket has the wanted effective backlog; null if the host does not show that. */
  readonly holds: boolean | null;
  /** How many other network namespaces have a listener on the same port or path. */
  readonly elsewhere?: number;
  /** How many more sockets it has than are listed. */
  readonly socketsOmitted?: number;
  /** Those with a wrong effective backlog first. */
  readonly sockets: readonly ReportedSocket[];
}

/** The counters of overflows since the network namespace was made; those that the kernel does not have are left out. */
export type OverflowCounters = Readonly<
  Partial<
    Record<
      "ListenOverflows" | "ListenDrops" | "TCPReqQFullDoCookies" | "TCPReqQFullDrop" | "SyncookiesSent",
      number
    >
  >
>;

/** A network namespace that was looked into. */
export interface ReportedNamespace {
  /** `host` for that of the probe, otherwise its inode number. */
  readonly namespace: string;
  /** A process in it; left out in that of the probe. */
  readonly pid?: number;
  /** Its own live `net.core.somaxconn`; null if it does not show it. */
  readonly somaxconn: number | null;
  readonly counters: OverflowCounters;
}

/** The distribution, as /etc/os-release names it; empty where it does not. */
export interface ReportedOs {
  readonly id: string;
  readonly version: string;
  readonly name: string;
}

/** What the probe could use on the host. */
export interface ReportedTools {
  readonly ss: boolean;
  readonly sysctl: boolean;
  readonly stat: boolean;
  readonly nsenter: boolean;
  /** `mawk`, `gawk`, `original-awk`, `busybox` or `unknown`. */
  readonly awk: string;
}

/** How many entries of each list were left out to keep the report short. */
export type Omitted = Readonly<
  Record<"findings" | "notes" | "settings" | "services" | "sockets" | "namespaces" | "unseen", number>
>;

/** What the probe saw on one host. Optional fields are left out by older probes. */
export interface ProbeReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly host: string;
  readonly verdict: "as-declared" | "not-as-declared";
  readonly mode: string;
  readonly kernel: string;
  readonly os?: ReportedOs;
  /** The kind of container that the host is; `none` if it is none, or does not say so. */
  readonly container?: string;
  /** The user that the probe ran as. */
  readonly uid?: number;
  readonly tools?: ReportedTools;
  /** `absent`, `disabled`, `running`, `done`, `degraded` or `error`. */
  readonly cloudInit: string;
  readonly settings: readonly ReportedSetting[];
  readonly services: readonly ReportedService[];
  readonly namespaces?: readonly ReportedNamespace[];
  /** What makes the host wrong: empty exactly where it is as declared. */
  readonly findings: readonly Finding[];
  /** What does not make it wrong, and is worth knowing. */
  readonly notes?: readonly Finding[];
  /** What it could not look at, and why. */
  readonly unseen: readonly string[];
  readonly omitted?: Omitted;
}

/** What a probe sends that could not decide: the reason, and what it saw all the same. */
export type UndecidedReport = Partial<Omit<ProbeReport, "schema" | "host" | "verdict">> & {
  readonly schema: typeof REPORT_SCHEMA;
  readonly host: string;
  readonly verdict: "unknown";
  readonly reason: string;
};

/** Everything that a probe sends, as `report.schema.json` describes it. */
export type ProbeDocument = ProbeReport | UndecidedReport;
