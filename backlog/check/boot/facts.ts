/** Where a line stands: in a file, or on a line of a part of the user data. */
export interface LinePlace {
  readonly file?: string;
  /** 1-based, of the user data. */
  readonly part?: number;
  /** 1-based, of the part. */
  readonly line?: number;
}

/** A value that a key has at the end of the first boot. */
export interface LiveValue extends LinePlace {
  readonly key: string;
  readonly value: string;
  /** Nothing gives the key this value again at the next boot. */
  readonly runtimeOnly: boolean;
}

/** A value that the next boot gives a key: from a file, or by a command that runs on every boot. */
export interface PersistedValue extends LinePlace {
  readonly key: string;
  readonly value: string;
  readonly by: "systemd-sysctl" | "every-boot";
  /** What makes it hold at the first boot already; absent when it is written and not applied. */
  readonly appliedBy?: string;
}

/** A line that does not do what it says. */
export interface LineConflict {
  readonly why:
    | "replaced-by-merge"
    | "loses-at-boot"
    | "overwritten-live"
    | "refused"
    | "not-read"
    | "changes-at-next-boot";
  /** The sysctl key. */
  readonly subject: string;
  readonly value?: string;
  readonly where: LinePlace;
  /** What beats it. */
  readonly by?: LinePlace & { readonly value?: string };
}

/** What a change of the user data does to a server that runs: it makes a new one, nothing, or it is not even deployed. */
export type UserDataChange = "replaces" | "does-nothing" | "is-ignored";

/**
 * What sets the kernel of a server at its first boot and at the next, as far as its user data decides it. `UserDataReading` of
 * `cloudinit/` has this form.
 */
export interface BootFacts {
  readonly live: readonly LiveValue[];
  readonly persisted: readonly PersistedValue[];
  readonly conflicts: readonly LineConflict[];
  /** Keys that may have any value: nothing is said of these. Default: none. */
  readonly undecided?: readonly string[];
  /** What it is called in messages. Default: `the user data`. */
  readonly source?: string;
  /** Keys of which another finding asks for a value, and says where to write it so that it holds: it mends their loss too. Default: none. */
  readonly mendedElsewhere?: readonly string[];
  /** Default: `replaces`. */
  readonly change?: UserDataChange;
}
