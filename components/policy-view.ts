import { QUEUE_KEYS, type ResolvedDeclaration } from "../backlog";
import { composeUserData, readUserData, UserDataError, type Place, type TuningPart } from "../cloudinit";

/** A service as policies see it. */
export interface ServiceView {
  readonly name: string;
  readonly software?: string;
  readonly port?: number;
  /** Of its Unix socket, where it listens on one. */
  readonly path?: string;
  readonly backlog: number;
  readonly unit?: string;
  readonly relisten: string;
}

/** What the user's own user data brings, as policies see it: numbers, keys and file names, none of its text. */
export interface UserDataView {
  /** Backlogs that application configuration in it asks for. */
  readonly backlogs: readonly {
    readonly software: string;
    readonly backlog: number;
    readonly port?: number;
    readonly where: string;
  }[];
  /** What the settings of listener queues are with it at the end of the first boot, and after the next: ours, unless it beats them. */
  readonly live: Readonly<Record<string, string>>;
  readonly persisted: Readonly<Record<string, string>>;
  /** Lines that set a queue of a listener and do not do what they say, together with ours. */
  readonly conflicts: readonly {
    readonly why: string;
    readonly key: string;
    readonly value?: string;
    readonly where: string;
    readonly by?: string;
    readonly byValue?: string;
  }[];
}

/** What a component shows to policies, and what the state keeps of it: small, flat, plain, with every default filled in, nothing secret. */
export interface PolicyView {
  readonly services: readonly ServiceView[];
  readonly settings: { readonly somaxconn: number };
  /** Every setting that is written and verified. */
  readonly sysctl: Readonly<Record<string, string>>;
  /** Absent where there is no user data of the user's, or where it is an output. */
  readonly userData?: UserDataView;
}

/**
 * The inputs of a component for `super`.
 * @param userData the user's own, as it was given: looked at if it is text, because an output is not known yet and may be secret
 * @param part what is added to it
 */
export function policyView(
  resolved: ResolvedDeclaration,
  userData?: unknown,
  part?: Pick<TuningPart, "early" | "fileName">,
): PolicyView {
  return {
    services: resolved.services.map(({ name, entry, port, path, backlog, unit, relisten }) => ({
      name,
      software: entry?.software,
      port,
      path,
      backlog,
      unit,
      relisten,
    })),
    settings: { somaxconn: resolved.somaxconn },
    sysctl: Object.fromEntries(resolved.settings.map(({ key, value }) => [key, value])),
    userData: typeof userData === "string" ? userDataView(userData, resolved, part) : undefined,
  };
}

/** What the user's and ours do together. What cannot be composed is refused by the component, and nothing is to be shown of it. */
function userDataView(
  own: string,
  { settings }: ResolvedDeclaration,
  part: Pick<TuningPart, "early" | "fileName"> = {},
): UserDataView | undefined {
  let composed: string;
  try {
    // In gzip, which has room for what is compressed later on.
    composed = composeUserData(own, { ...part, settings, relisten: [] }, { encoding: "gzip-base64" });
  } catch (error) {
    if (error instanceof UserDataError) {
      return undefined;
    }
    throw error;
  }
  const { backlogs, conflicts, live, persisted } = readUserData(composed);
  return {
    live: valuesOf(live),
    persisted: valuesOf(persisted),
    backlogs: backlogs.map(({ software, value, port, ...place }) => ({
      software,
      backlog: value,
      port,
      where: placeOf(place),
    })),
    conflicts: conflicts
      .filter(({ subject }) => isQueueKey(subject))
      .map(({ why, subject, value, where, by }) => ({
        why,
        key: subject,
        value,
        where: placeOf(where),
        by: by && placeOf(by),
        byValue: by?.value,
      })),
  };
}

function placeOf({ file, part, line }: Place & { readonly file?: string }): string {
  return file ?? `line ${line} of part ${part} of the user data`;
}

function valuesOf(
  values: readonly { readonly key: string; readonly value: string }[],
): Record<string, string> {
  return Object.fromEntries(
    values.filter(({ key }) => isQueueKey(key)).map(({ key, value }) => [key, value]),
  );
}

function isQueueKey(key: string): boolean {
  return QUEUE_KEYS.some((known) => known === key);
}
