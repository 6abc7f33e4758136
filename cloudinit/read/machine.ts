import { dottedForm } from "../../backlog/sysctld";
import type { Budget } from "./budget";
import { Files, realPath, type Chunk, type FileLine } from "./files";
import { isSettingKey, kernelAnswer, KNOWN_KEYS } from "./kernel-value";
import type {
  Application,
  AppliedBy,
  BacklogReading,
  Conflict,
  ContainerReading,
  Place,
  Stage,
  Unknown,
  UnknownReason,
} from "./result";
import { settleBoot, settleFile, settleSystem, type Settlement } from "./settle";
import { HOLE, inFile, placeIn, sourceAt } from "./source";
import { Starts, type Family, type Moment } from "./starts";

/** The unit, what is set beside it, and the program that it runs. */
const UNIT_FILE = /(?:^|\/)systemd-sysctl(?:\.service)?(?:\.d\/|$)/;

/** Where package managers have their configuration. */
const FAMILIES: readonly (readonly [directory: string, Family])[] = [
  ["/etc/apt/", "debian"],
  ["/etc/yum", "other"],
  ["/etc/dnf/", "other"],
  ["/etc/zypp/", "other"],
  ["/etc/apk/", "other"],
];

/** The value of a key while the machine runs. */
export type LiveState = (
  { readonly value: string; readonly by: AppliedBy } | { readonly doubt: UnknownReason }
) & { readonly place: Place; readonly stage: Stage; readonly file?: string };

/** Something unknown, as it is found. */
export interface FoundUnknown extends Unknown {
  /** It is about a setting of the host, which something that comes later may decide. */
  readonly host?: true;
}

/** Everything that is found on the way, in the order in which it is found. */
export class Findings {
  readonly applied: Application[] = [];
  readonly conflicts: Conflict[] = [];
  readonly backlogs: BacklogReading[] = [];
  readonly containers: ContainerReading[] = [];
  readonly unknown: FoundUnknown[] = [];
  private readonly said = new Set<string>();

  unknownAt(
    reason: UnknownReason,
    place: Place,
    more: Pick<FoundUnknown, "subject" | "file" | "host"> = {},
  ): void {
    const key = JSON.stringify([reason, place.part, place.line, more.subject, more.file, more.host]);
    if (!this.said.has(key)) {
      this.said.add(key);
      this.unknown.push({ reason, part: place.part, line: place.line, ...more });
    }
  }
}

/** How an act came about. */
export interface Circumstance {
  readonly place: Place;
  readonly stage: Stage;
  /** Why it may not happen; absent if it does. */
  readonly doubt?: UnknownReason | undefined;
}

/** The server as far as the user data makes it: its files, and what /proc/sys holds. */
export class Machine {
  readonly live = new Map<string, LiveState>();
  /** How many writes below /proc/sys the kernel refused, or may have. */
  unsureWrites = 0;
  /** Why what comes later may not happen at the first boot: the machine is on its way to the next. */
  restarts: UnknownReason | undefined;
  /** Whether systemd refuses to start that unit now, or why it may. */
  maskedNow: true | UnknownReason | undefined;
  /** The unit that runs systemd-sysctl at boot: whether it is masked, and why that is not known. */
  unit: { readonly masked: boolean; readonly doubt?: UnknownReason; readonly place?: Place } = {
    masked: false,
  };

  readonly starts = new Starts();
  /** How many commands have run that may have written to anything. */
  unseenWrites = 0;

  constructor(
    readonly budget: Budget,
    readonly findings = new Findings(),
    readonly files = new Files(budget),
  ) {}

  /** Every value that is set or written, decided or not, for a message about what does not come to be. */
  settings(): {
    readonly key: string;
    readonly value: string;
    readonly place: Place;
    readonly file?: string;
  }[] {
    const found = new Map<string, { key: string; value: string; place: Place; file?: string }>();
    for (const [key, state] of this.live) {
      if ("value" in state) {
        found.set(key, {
          key,
          value: state.value,
          place: state.place,
          ...inFile(state.file),
        });
      }
    }
    for (const [key, settled] of settleBoot(this.files, this.budget).keys) {
      if ("value" in settled) {
        found.set(key, { key, value: settled.value, place: settled.place, file: settled.file });
      }
    }
    return [...found.values()];
  }

  /** Writes a chunk behind what the file holds. Below /proc/sys that sets the key at once. */
  write(path: string, chunk: Chunk, stage: Stage): void {
    const place = placeIn(chunk.source, 1);
    const real = this.resolve(path, { place, stage, doubt: chunk.doubt });
    if (real === undefined) {
      return;
    }
    if (!real.startsWith("/proc/sys/")) {
      this.touchUnit(real, place);
      this.noteFamily(real, chunk.doubt === undefined);
      this.files.append(real, chunk, stage);
      return;
    }
    const key = dottedForm(real.slice("/proc/sys/".length));
    const value = chunk.text.trim();
    this.unsureWrites += KNOWN_KEYS.includes(key) && kernelAnswer(key, value) === "takes" ? 0 : 1;
    this.set(key, value, "/proc/sys", { place, stage, doubt: chunk.doubt });
  }

  /**
   * The path that the kernel finds: links that the user data made are followed. Undefined where it may be one or another; then no
   * setting is sure any more.
   */
  resolve(path: string, circumstance: Circumstance): string | undefined {
    const real = this.files.resolve(realPath(path));
    if (real === undefined) {
      this.loseTrack(circumstance.doubt ?? "condition", circumstance);
    }
    return real;
  }

  /** Something is written to the unit of systemd-sysctl, or beside it. */
  touchUnit(path: string, place: Place): void {
    if (UNIT_FILE.test(path)) {
      this.unit = { masked: false, doubt: "other-boot-mechanism", place };
    }
  }

  /** A file of a package manager says what it is the manager of. */
  private noteFamily(path: string, isSure: boolean): void {
    const [, family] = FAMILIES.find(([directory]) => path.startsWith(directory)) ?? [];
    if (family !== undefined) {
      this.starts.sign(family, isSure);
    }
  }

  maskUnit(masked: boolean, { place, doubt }: Circumstance): void {
    if (doubt === undefined) {
      this.unit = { masked, place };
    } else if (this.unit.doubt !== undefined || this.unit.masked !== masked) {
      this.unit = { masked: false, doubt, place };
    }
  }

  truncate(path: string, doubt: UnknownReason | undefined): void {
    const real = this.files.resolve(realPath(path));
    if (real !== undefined && !real.startsWith("/proc/")) {
      this.files.truncate(real, doubt);
    }
  }

  /** A key gets a value by a command. */
  set(key: string, value: string, by: AppliedBy, circumstance: Circumstance, file?: string): void {
    this.budget.spend(2);
    if (!isSettingKey(key)) {
      return;
    }
    const { place, stage } = circumstance;
    const answer = value.includes(HOLE) ? "unclear" : kernelAnswer(key, value);
    const doubt =
      circumstance.doubt ??
      (value.includes(HOLE) ? "variable" : answer === "unclear" ? "value-not-plain" : undefined);
    const before = this.live.get(key);
    const where = { ...place, ...inFile(file) };
    if (answer === "refuses") {
      if (circumstance.doubt === "shells-differ") {
        // What another shell makes of the text may be taken.
        return;
      }
      this.findings.conflicts.push({ why: "refused", subject: key, value, where });
      return;
    }
    if (doubt !== undefined) {
      if (before === undefined || !("value" in before) || before.value !== value) {
        this.doubt(key, doubt, { place, stage }, file);
      }
      return;
    }
    if (before && "value" in before) {
      if (before.value === value) {
        // It holds since then.
        return;
      }
      this.findings.conflicts.push({
        why: "overwritten-live",
        subject: key,
        value: before.value,
        where: { ...before.place, ...inFile(before.file) },
        by: { ...where, value },
      });
    }
    this.live.set(key, { value, by, place, stage, ...inFile(file) });
  }

  /** What a service finds that is started now. */
  moment({ place, doubt }: Pick<Circumstance, "place" | "doubt">): Moment {
    this.budget.spend(1);
    const somaxconn = this.live.get("net.core.somaxconn");
    return {
      place,
      isSure: doubt === undefined && (somaxconn === undefined || "value" in somaxconn),
      somaxconn: somaxconn && "value" in somaxconn ? somaxconn.value : undefined,
      changes: this.unseenWrites + this.files.changes,
    };
  }

  /** A key may get another value, or not. */
  doubt(
    key: string,
    doubt: UnknownReason,
    { place, stage }: Omit<Circumstance, "doubt">,
    file?: string,
  ): void {
    if (!isSettingKey(key)) {
      return;
    }
    this.live.set(key, { doubt, place, stage, ...inFile(file) });
    this.findings.unknownAt(doubt, place, {
      subject: key,
      host: true,
      ...inFile(file),
    });
  }

  /** Some key gets a value, and nobody knows which: no value that was set before is sure any more. */
  doubtEverything(doubt: UnknownReason, { place, stage }: Omit<Circumstance, "doubt">, file?: string): void {
    this.findings.unknownAt(doubt, place, inFile(file));
    this.budget.spend(2 + this.live.size * 2);
    for (const key of [...this.live.keys()]) {
      this.doubt(key, doubt, { place, stage });
    }
  }

  /** Any setting may have got any value, live or in a file: nothing that was found before is sure any more. */
  loseTrack(doubt: UnknownReason, circumstance: Omit<Circumstance, "doubt">): void {
    this.doubtEverything(doubt, circumstance);
    this.files.doubtSettings(doubt, sourceAt(circumstance.place), circumstance.stage);
  }

  applySystem(by: "sysctl --system" | "systemd-sysctl", circumstance: Circumstance): void {
    const settlement =
      by === "sysctl --system" ? settleSystem(this.files, this.budget) : settleBoot(this.files, this.budget);
    this.apply(settlement, by, circumstance);
  }

  /** `sysctl -p FILE`; the lines are given where they do not come from the file system. */
  applyFile(path: string, circumstance: Circumstance, lines?: readonly FileLine[]): void {
    const real = this.files.resolve(realPath(path)) ?? path;
    if (lines === undefined && !this.files.has(real)) {
      // A file of the image: what it says was in force since the boot, or is no business of the user data.
      return;
    }
    const settlement = settleFile(real, lines ?? this.files.lines(real), this.budget);
    this.apply(settlement, "sysctl -p", circumstance, real);
  }

  apply(settlement: Settlement, by: AppliedBy, circumstance: Circumstance, file?: string): void {
    if (circumstance.doubt === undefined) {
      const { place, stage } = circumstance;
      this.findings.applied.push({ by, stage, ...place, ...inFile(file) });
    }
    if (settlement.opaque) {
      const { doubt, place, file: opaque } = settlement.opaque;
      this.doubtEverything(circumstance.doubt ?? doubt, { ...circumstance, place }, opaque);
    }
    for (const [key, settled] of settlement.keys) {
      if ("value" in settled) {
        this.set(key, settled.value, by, { ...circumstance, place: settled.place }, settled.file);
      } else {
        this.doubt(key, settled.doubt, { ...circumstance, place: settled.place }, settled.file);
      }
    }
  }
}
