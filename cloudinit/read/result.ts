import type { Wrapping } from "../decode";

/** When in the first boot something happens, in this order. */
export type Stage =
  /** While cloud-init takes the user data apart, before all else; on every boot. */
  | "boothook"
  /** Early in the boot, before files are written; on every boot. */
  | "bootcmd"
  | "write_files"
  /** Files with `defer: true`: late, before scripts run. */
  | "write_files_deferred"
  /** `text/x-shellscript-per-once`, `-per-boot` (on every boot) and `-per-instance` parts. */
  | "per-once"
  | "per-boot"
  | "per-instance"
  /** The commands of `runcmd`, late in the boot. They and the scripts run in order of their file names. */
  | "runcmd"
  /** A part that is a script, late in the boot. */
  | "script"
  /** `power_state`, after everything else. */
  | "power_state";

/** A place in the user data. */
export interface Place {
  /** 1-based number of the part, in the order in which cloud-init takes them; see {@link UserDataReading.parts}. */
  readonly part: number;
  /** 1-based line of the part's decoded text. Text that YAML folds or encodes has the line on which it begins. */
  readonly line: number;
}

/** What makes a value take hold while the machine runs. */
export type AppliedBy =
  | "sysctl -w"
  | "sysctl -p"
  | "sysctl --system"
  /** systemd-sysctl, run or restarted by hand; procps.service is another name of it. */
  | "systemd-sysctl"
  /** A write below /proc/sys. */
  | "/proc/sys"
  | "reboot";

/** A sysctl key and the value that it will have. */
export interface Reading extends Place {
  /** Canonical dotted key. */
  readonly key: string;
  /** As it is written: numbers, or a name of those that the key takes. */
  readonly value: string;
  /** The sysctl file that holds the line; absent for a value that only a command gives. Of an unusual name only the directory, then `...`. */
  readonly file?: string;
  /** The stage in which it is written (persisted) or takes hold (live). */
  readonly stage: Stage;
}

/** A value that the key has when the first boot is over. */
export interface LiveReading extends Reading {
  readonly by: AppliedBy;
  /** Nothing gives the key this value again at the next boot. */
  readonly runtimeOnly: boolean;
}

/** A value that the next boot gives the key: by a sysctl file, or by a command that runs on every boot. */
export interface PersistedReading extends Reading {
  readonly by: "systemd-sysctl" | "every-boot";
  /** What makes it hold at the first boot already; absent when it is written and not applied. */
  readonly appliedBy?: AppliedBy;
}

/** One act of applying. */
export interface Application extends Place {
  readonly by: AppliedBy;
  readonly stage: Stage;
  /** The file, for `sysctl -p`. */
  readonly file?: string;
}

/** A line that does not do what it says. */
export interface Conflict {
  readonly why:
    /** A later part, or a later line of the merged document, takes its place: cloud-init never sees it. */
    | "replaced-by-merge"
    /** A line that is applied later at boot gives the key another value: the order of file names decides. */
    | "loses-at-boot"
    /** Another command gives the key another value afterwards, before the first boot is over. */
    | "overwritten-live"
    /** The kernel does not take the value. */
    | "refused"
    /** The file is one that systemd-sysctl does not read; or systemd-sysctl does not run, because its unit is masked. */
    | "not-read"
    /** The next boot gives the key another value than the first boot leaves. */
    | "changes-at-next-boot";
  /** The sysctl key; for a part that is thrown away without one, the key of the cloud-config. */
  readonly subject: string;
  /** Absent where it is not plain: it may be anything, a secret too. */
  readonly value?: string;
  readonly where: Place & { readonly file?: string };
  /** What beats it. */
  readonly by?: Place & { readonly file?: string; readonly value?: string };
}

/** A service that is started, or started again, for the last time before the first boot is over: by a command, or by its package. */
export interface StartReading extends Place {
  /** The name of its unit, with its suffix: one that the catalogue has. */
  readonly unit: string;
  /** What `net.core.somaxconn` is by then; absent where nothing has set it yet. */
  readonly somaxconn?: string;
  /**
   * The place is where its package is installed, which starts it on Debian and Ubuntu: `sure` where the user data shows that the
   * machine runs one of them, `if-debian` where it does not tell. Absent where a command starts it.
   */
  readonly byPackage?: "sure" | "if-debian";
}

/** A backlog that application configuration asks for. */
export interface BacklogReading extends Place {
  /** Id in the catalogue. */
  readonly software: string;
  readonly value: number;
  /** TCP port, where it stands next to the backlog. */
  readonly port?: number;
  /** The configuration file; absent for a command line. */
  readonly file?: string;
}

/** A sysctl of a container: it lives in the container's own network namespace, and says nothing of the host. */
export interface ContainerReading extends Place {
  readonly key: string;
  /** Absent for net.core.somaxconn of a container that is started without it: it has the default of a new namespace. */
  readonly value?: string;
  /** The TCP ports of the host that lead into it; absent where they are not plain, or there are none. */
  readonly ports?: readonly number[];
  readonly file?: string;
}

/** Why something is not decided. */
export type UnknownReason =
  /** What was given is neither text nor bytes. */
  | "not-text"
  /** The reader itself failed. It is a mistake in it, and nothing that was given is known. */
  | "reader-error"
  | "no-known-form"
  | "too-long"
  | "wrong-base64"
  | "base64-twice"
  | "damaged-gzip"
  | "not-utf8"
  /** Characters beyond ASCII in a MIME part without an encoding for them, which cloud-init garbles. */
  | "not-ascii"
  | "template"
  | "include"
  | "part-handler"
  | "json-patch"
  | "part-type"
  | "part-encoding"
  | "launch-index"
  | "no-boundary"
  | "no-parts"
  | "nested-too-deep"
  | "invalid-yaml"
  /** It asks for more work than any real user data does: nothing of it is known. */
  | "too-much-to-follow"
  | "merge-strategy"
  | "invalid-commands"
  | "invalid-file"
  | "downloaded"
  | "other-language"
  | "no-interpreter"
  | "shell-syntax"
  | "condition"
  | "loop"
  | "background"
  | "variable"
  | "command-substitution"
  | "pattern"
  | "shells-differ"
  | "sysctl-versions-differ"
  | "command-not-understood"
  | "other-boot-mechanism"
  /** Neither numbers nor a name that the key takes. It is not shown: whatever stands there may be a secret. */
  | "value-not-plain"
  | "configuration-management";

/** What could not be decided. Never holds text of the user's. */
export interface Unknown extends Place {
  readonly reason: UnknownReason;
  /** The sysctl key or the software that it is about, if it can only be one. */
  readonly subject?: string;
  readonly file?: string;
}

/** The form of a part, as cloud-init sees it. */
export interface PartReading {
  /** Its content type; `other` where it is none that cloud-init knows. */
  readonly form: string;
}

/**
 * What user data does to the listen backlog of a server: what the image itself brings is not known here, so a reading says what holds
 * if the image says nothing else about the key, and if the commands that a script runs without a condition work.
 */
export interface UserDataReading {
  /** What the whole was wrapped in, outermost first. */
  readonly wrappings: readonly Wrapping[];
  readonly parts: readonly PartReading[];
  /** One for each key that has a decided value at the end of the first boot, sorted by key. */
  readonly live: readonly LiveReading[];
  /** One for each key that has a decided value after the next boot, sorted by key. */
  readonly persisted: readonly PersistedReading[];
  /** Every act of applying that happens at the first boot without a condition. */
  readonly applied: readonly Application[];
  readonly conflicts: readonly Conflict[];
  readonly backlogs: readonly BacklogReading[];
  readonly containers: readonly ContainerReading[];
  /** Starts of services that happen without a condition, but for that in {@link StartReading.byPackage}; absent where there are none, or where the machine boots once more. */
  readonly starts?: readonly StartReading[];
  /**
   * A key of the host that is named here as `subject` has no reading in `live` or in `persisted`, or in both: it may have any value there.
   * Without a subject it may be about any key.
   */
  readonly unknown: readonly Unknown[];
}
