import type { UserDataReading } from "../../../../cloudinit";

/** A reading with one short line for each thing in it: what a person can review. */
export interface ShortReading {
  readonly live: string[];
  readonly persisted: string[];
  readonly applied: string[];
  readonly conflicts: string[];
  readonly backlogs: string[];
  readonly containers: string[];
  readonly unknown: string[];
}

interface Somewhere {
  readonly part: number;
  readonly line: number;
  readonly file?: string;
}

const at = ({ part, line, file }: Somewhere): string =>
  `${part}:${line}${file === undefined ? "" : ` ${file}`}`;

export function short(reading: UserDataReading): ShortReading {
  return {
    live: reading.live.map(
      (one) =>
        `${one.key} = ${one.value} by ${one.by} in ${one.stage}, ${at(one)}${one.runtimeOnly ? ", runtime only" : ""}`,
    ),
    persisted: reading.persisted.map(
      (one) =>
        `${one.key} = ${one.value} by ${one.by} in ${one.stage}, ${at(one)}, ${one.appliedBy === undefined ? "not applied" : `applied by ${one.appliedBy}`}`,
    ),
    applied: reading.applied.map((one) => `${one.by} in ${one.stage}, ${at(one)}`),
    conflicts: reading.conflicts.map(
      ({ why, subject, value, where, by }) =>
        `${subject}${value === undefined ? "" : ` = ${value}`} ${why}, ${at(where)}${by === undefined ? "" : `; by ${at(by)}${by.value === undefined ? "" : ` = ${by.value}`}`}`,
    ),
    backlogs: reading.backlogs.map(
      (one) => `${one.software}${one.port === undefined ? "" : `:${one.port}`} = ${one.value}, ${at(one)}`,
    ),
    containers: reading.containers.map(
      (one) =>
        `${one.key} = ${one.value ?? `that of a new namespace, ports ${(one.ports ?? []).join(" ")}`}, ${at(one)}`,
    ),
    unknown: reading.unknown.map(
      (one) => `${one.reason}${one.subject === undefined ? "" : ` of ${one.subject}`}, ${at(one)}`,
    ),
  };
}
