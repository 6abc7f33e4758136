import { composedBy, type Composed } from "./backlogs/composed";
import { directivesIn } from "./backlogs/directives";
import { escaped } from "./backlogs/number";
import type { Budget } from "./budget";
import type { FileLine } from "./files";
import type { Followed } from "./follow";
import { isPlainValue, KNOWN_KEYS } from "./kernel-value";
import { Machine, type Findings } from "./machine";
import { unitSetsSomething } from "./own-units";
import type { Conflict, LiveReading, PersistedReading, UserDataReading } from "./result";
import { settleBoot, type Lost, type Settlement } from "./settle";
import { changesSettings } from "./shell/about-settings";
import { HOLE, inFile } from "./source";

/** Measured: holding a line against all keys that are known. */
const STEPS_PER_KEY = 4;

type Answer = Omit<UserDataReading, "wrappings" | "parts">;

/** Files that set something at boot by other ways than systemd-sysctl: what they do is not followed. */
const OTHER_BOOT_FILE =
  /^\/etc\/(?:rc\.local$|rc\.d\/|init\.d\/|cron|systemd\/|network\/|NetworkManager\/dispatcher\.d\/|tuned\/|default\/grub|modprobe\.d\/|udev\/)|^\/(?:usr\/)?lib\/systemd\/|^\/var\/(?:spool\/cron|lib\/cloud\/scripts)\//;

/** Puts together what was found: the state after the first boot, the next boot, and what is in the way. */
export function answer({ machine, nextBoot }: Followed, findings: Findings): Answer {
  const { files, budget } = machine;
  // Before the next boot, which may write to them again.
  const composed = composedBy(files.paths(), (path) => files.lines(path), budget);
  for (const path of files.paths()) {
    const lines = files.lines(path);
    configured(path, lines, findings, budget, composed.get(path));
    otherBoot(path, lines, findings, budget);
  }
  for (const path of files.paths().filter((file) => file.startsWith("/run/") || file.startsWith("/dev/"))) {
    files.remove(path, undefined);
  }
  const settlement = unitRuns(settleBoot(files, budget), machine, findings);
  const booted = new Machine(budget, undefined, files);
  booted.unit = machine.unit;
  booted.maskedNow = machine.unit.doubt ?? (machine.unit.masked || undefined);
  if (settlement.opaque) {
    const { doubt, place, file } = settlement.opaque;
    findings.unknownAt(doubt, place, { file });
    // What a command has set now, a sysctl file that cannot be read may set again.
    for (const key of [...machine.live.keys()].filter((live) => !settlement.keys.has(live))) {
      booted.live.set(key, { doubt, place, stage: "write_files", file });
      findings.unknownAt(doubt, place, { subject: key, file, host: true });
    }
  }
  for (const [key, settled] of settlement.keys) {
    const { file, place } = settled;
    if ("doubt" in settled) {
      booted.live.set(key, { doubt: settled.doubt, place, stage: "write_files", file });
      findings.unknownAt(settled.doubt, place, { subject: key, file, host: true });
    } else {
      booted.live.set(key, {
        value: settled.value,
        by: "systemd-sysctl",
        place,
        stage: settled.stage ?? "write_files",
        file,
      });
    }
  }
  nextBoot(booted);
  booted.findings.unknown.forEach(({ reason, subject, host, ...place }) => {
    findings.unknownAt(reason, place, subject === undefined ? {} : { subject, ...(host && { host }) });
  });
  for (const { subject, reason } of findings.unknown) {
    if (reason === "other-boot-mechanism" && subject !== undefined) {
      booted.live.delete(subject);
    }
  }
  return {
    live: liveReadings(machine, booted),
    persisted: persistedReadings(machine, booted),
    applied: findings.applied.map((application) =>
      application.file === undefined ? application : { ...application, file: printable(application.file) },
    ),
    conflicts: [...findings.conflicts, ...bootConflicts(settlement), ...changes(machine, booted)].map(
      printableConflict,
    ),
    backlogs: findings.backlogs,
    containers: findings.containers,
    ...startsOf(machine),
    unknown: findings.unknown.flatMap(({ subject, file, host, ...unknown }) =>
      // What was doubtful and is decided by something later is not unknown.
      host && subject !== undefined && isDecided(subject, machine) && isDecided(subject, booted)
        ? []
        : [{ ...unknown, ...(subject === undefined ? {} : { subject: shownKey(subject) }), ...fileOf(file) }],
    ),
  };
}

/** A machine that boots once more starts its services once more, behind systemd-sysctl. What is not followed may start any of them. */
function startsOf({ starts, restarts, findings, files }: Machine): Pick<UserDataReading, "starts"> {
  const isLast =
    restarts === undefined &&
    !findings.applied.some(({ by }) => by === "reboot") &&
    findings.unknown.every(({ subject }) => subject !== undefined);
  const readings = isLast ? starts.readings().filter(({ unit }) => !unitSetsSomething(files, unit)) : [];
  return readings.length > 0 ? { starts: readings } : {};
}

/** What systemd-sysctl would set is set only if its unit runs. */
function unitRuns(settlement: Settlement, { unit }: Machine, findings: Findings): Settlement {
  const { masked, doubt, place } = unit;
  if (!masked && doubt === undefined) {
    return settlement;
  }
  if (doubt !== undefined) {
    findings.unknownAt(doubt, place ?? { part: 1, line: 1 });
    const keys = [...settlement.keys].map(([key, settled]) => [key, { file: settled.file, place: settled.place, doubt }] as const);
    return { ...settlement, keys: new Map(keys) };
  }
  const lost = [...settlement.keys].flatMap(([key, settled]) =>
    "value" in settled
      ? [{ key, loser: { file: settled.file, line: settled.place.line, value: settled.value, why: "not-read" as const }, place: settled.place }]
      : [],
  );
  return { keys: new Map(), lost };
} // prettier-ignore

/** Whether it is known what the key has, or that nothing gives it a value. */
function isDecided(key: string, { live }: Machine): boolean {
  const state = live.get(key);
  return state === undefined || "value" in state;
}

function liveReadings(machine: Machine, booted: Machine): LiveReading[] {
  return sorted(
    [...machine.live].flatMap(([key, state]): LiveReading[] => {
      if ("doubt" in state) {
        return [];
      }
      const { value, by, place, stage, file } = state;
      const next = booted.live.get(key);
      const runtimeOnly = next === undefined || ("value" in next && next.value !== value);
      return [{ key: shownKey(key), value, ...fileOf(file), ...place, stage, by, runtimeOnly }];
    }),
  );
}

function persistedReadings(machine: Machine, booted: Machine): PersistedReading[] {
  const reboots = machine.findings.applied.some(({ by }) => by === "reboot");
  return sorted(
    [...booted.live].flatMap(([key, state]): PersistedReading[] => {
      if ("doubt" in state) {
        return [];
      }
      const { value, place, stage, file } = state;
      const live = machine.live.get(key);
      const appliedBy =
        live !== undefined && "value" in live && live.value === value
          ? live.by
          : reboots
            ? "reboot"
            : undefined;
      return [
        {
          key: shownKey(key),
          value,
          ...fileOf(file),
          ...place,
          stage,
          by: state.by === "systemd-sysctl" && file !== undefined ? "systemd-sysctl" : "every-boot",
          ...(appliedBy === undefined ? {} : { appliedBy }),
        },
      ];
    }),
  );
}

function sorted<T extends { readonly key: string }>(readings: T[]): T[] {
  return readings.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const NOT_READ = new Set<Lost["loser"]["why"]>(["not-conf", "hidden", "not-read"]);

function bootConflicts({ keys, lost }: Settlement): Conflict[] {
  return lost.flatMap(({ key, loser, place, by }): Conflict[] => {
    const winner = keys.get(key);
    const decided = winner !== undefined && "value" in winner ? winner : undefined;
    if (loser.why === "no-such-key" || decided?.value === loser.value) {
      return [];
    }
    const beats = by?.place
      ? { by: { ...by.place, file: by.file, ...(by.value === undefined ? {} : { value: by.value }) } }
      : decided
        ? { by: { ...decided.place, file: decided.file, value: decided.value } }
        : {};
    return [
      {
        why: loser.why === "refused" ? "refused" : NOT_READ.has(loser.why) ? "not-read" : "loses-at-boot",
        subject: key,
        value: loser.value,
        where: { ...place, file: loser.file },
        ...beats,
      },
    ];
  });
}

function changes(machine: Machine, booted: Machine): Conflict[] {
  return [...machine.live].flatMap(([key, live]): Conflict[] => {
    const next = booted.live.get(key);
    if (!("value" in live) || next === undefined || !("value" in next) || next.value === live.value) {
      return [];
    }
    return [
      {
        why: "changes-at-next-boot",
        subject: key,
        value: live.value,
        where: { ...live.place, ...fileOf(live.file) },
        by: { ...next.place, ...fileOf(next.file), value: next.value },
      },
    ];
  });
}

function configured(
  path: string,
  lines: readonly FileLine[],
  findings: Findings,
  budget: Budget,
  composed: Composed | undefined,
): void {
  const { backlogs, containers } = directivesIn(path, lines, budget, composed);
  const file = printable(path);
  for (const { software, value, port, place, doubt } of backlogs) {
    if (doubt !== undefined) {
      findings.unknownAt(doubt, place, { subject: software, file: path });
    } else {
      findings.backlogs.push({ software, value, ...(port === undefined ? {} : { port }), file, ...place });
    }
  }
  for (const { place, doubt, ...container } of containers) {
    if (doubt !== undefined) {
      findings.unknownAt(doubt, place, { subject: container.key, file: path });
    } else {
      findings.containers.push({ ...container, file, ...place });
    }
  }
}

const SPELLINGS = KNOWN_KEYS.flatMap((key) => [key, key.replaceAll(".", "/")]);
/** What a unit sets inside of a container that it runs, and not on the host. */
const CONTAINER_SYSCTL = /\s--sysctl[= ]\S+/g;
/** Any of the keys that are known, in either spelling: what a line must have at the least. */
const ANY_KEY = new RegExp(SPELLINGS.map(escaped).join("|"));

function otherBoot(path: string, lines: readonly FileLine[], findings: Findings, budget: Budget): void {
  if (!OTHER_BOOT_FILE.test(path)) {
    return;
  }
  budget.spend(lines.length / 2);
  for (const { text: whole, place } of lines) {
    budget.look(4 * whole.length);
    if (/^\s*[#;]/.test(whole)) {
      continue;
    }
    const text = whole.replace(CONTAINER_SYSCTL, "");
    const keys = ANY_KEY.test(text)
      ? KNOWN_KEYS.filter((key) => text.includes(key) || text.includes(key.replaceAll(".", "/")))
      : [];
    for (const subject of keys) {
      findings.unknownAt("other-boot-mechanism", place, { subject, file: path });
    }
    if (keys.length > 0) {
      budget.spend(STEPS_PER_KEY);
    } else if (changesSettings(text) || (text.includes(HOLE) && text.includes("sysctl"))) {
      findings.unknownAt("other-boot-mechanism", place, { file: path });
    }
  }
}

function fileOf(file: string | undefined): { readonly file?: string } {
  return inFile(file && printable(file));
}

function printableConflict({ subject, value, where, by, ...rest }: Conflict): Conflict {
  return {
    ...rest,
    subject: shownKey(subject),
    ...valueOf(subject, value),
    where: { ...where, ...fileOf(where.file) },
    ...(by && { by: { part: by.part, line: by.line, ...fileOf(by.file), ...valueOf(subject, by.value) } }),
  };
}

/** A number with the unit that people give it, and that the kernel refuses. */
const NUMBER_AND_UNIT = /^\d{1,15}[A-Za-z]$/;

/** What the kernel refuses, or what another line would have set, may be any text. */
function valueOf(key: string, value: string | undefined): { readonly value?: string } {
  return value !== undefined && (isPlainValue(key, value) || NUMBER_AND_UNIT.test(value)) ? { value } : {};
}

/** A path of the user's, safe to print in a message: of one that is no usual name only the directories that are. */
function printable(path: string): string {
  if (/^[\w/.@+-]{1,100}$/.test(path)) {
    return path;
  }
  const plain = /^(?:\/[\w.@+-]{1,40}){0,8}\//.exec(path)?.[0] ?? "";
  return `${plain}...`;
}

/** A key of the user's, safe to print: no key that exists needs this. */
function shownKey(key: string): string {
  return /^[\w./:@-]{1,255}$/.test(key) ? key : `${/^[a-z]{1,10}(?=\.)/.exec(key)?.[0] ?? ""}...`;
}
