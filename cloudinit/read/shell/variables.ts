import type { Budget } from "../budget";
import type { UnknownReason } from "../result";
import { HOLE } from "../source";
import { ABOUT_SETTINGS } from "./about-settings";

/** Variables that cloud-init or the shell itself sets, whatever the script does. */
const GIVEN = new Set(
  (
    "PATH PWD OLDPWD IFS OPTIND PPID SHLVL _ PS4 " +
    "HOSTNAME HOSTTYPE MACHTYPE OSTYPE UID EUID RANDOM SECONDS LINENO SHELLOPTS FUNCNAME DIRSTACK PIPESTATUS EPOCHSECONDS GROUPS " +
    "BASH BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSION BASH_VERSINFO"
  ).split(" "),
);
/** Those that hold something else than what is assigned to them. */
const OWN_VALUE = new Set(
  (
    "RANDOM SRANDOM SECONDS LINENO EPOCHSECONDS EPOCHREALTIME BASHPID BASH_COMMAND BASH_SUBSHELL BASH_ARGV0 HISTCMD " +
    "FUNCNAME DIRSTACK GROUPS PIPESTATUS OPTIND _"
  ).split(" "),
);
const SPACES = " \t\n";
const ABSENT = Symbol("absent");

/** What the variables of the caller were that `local` hides. */
type Hidden = Map<string, string | typeof ABSENT | undefined>;

/** The variables of a shell, as far as the text alone decides what they hold. */
export class Variables {
  /** Those that are `readonly`. */
  readonly constants = new Set<string>();
  /** Those of `declare -i` and the like, which make something else of what is assigned; and those of `declare -n`, which stand for another. */
  readonly changing = new Set<string>();
  readonly references = new Set<string>();
  /** A variable that nobody knows may hold the path of a setting, or of a sysctl file. */
  holdPath = false;
  /** Undefined for what only the running shell knows. */
  private readonly values = new Map<string, string | undefined>();
  /** Variables that are surely not set; and whether any other may be, by a file that was read or by code that nobody sees. */
  private readonly missing = new Set<string>();
  private anySet = false;
  /** For each function that runs. */
  private hidden: Hidden[] = [];

  constructor(private readonly budget: Budget) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string): string | undefined {
    return this.values.get(name);
  }

  names(): Iterable<string> {
    return this.values.keys();
  }

  /** `IFS`. */
  get separators(): string | undefined {
    return this.values.has("IFS") ? this.values.get("IFS") : SPACES;
  }

  /** Whether it may have no value. */
  isUnset(name: string): boolean {
    return this.missing.has(name) || !(this.anySet || this.values.has(name) || GIVEN.has(name));
  }

  /** Remembers that a variable now holds this; undefined if nobody knows what. */
  assign(name: string, value: string | undefined, doubt: UnknownReason | undefined): void {
    if (this.references.has(name)) {
      this.forget();
    }
    this.missing.delete(name);
    this.holdPath ||= value?.includes(HOLE) === true && ABOUT_SETTINGS.test(value);
    const isKnown = doubt === undefined && value?.includes(HOLE) === false;
    this.values.set(name, isKnown && !this.changing.has(name) && !OWN_VALUE.has(name) ? value : undefined);
  }

  unset(name: string, doubt: UnknownReason | undefined): void {
    this.assign(name, undefined, doubt);
    if (doubt === undefined) {
      this.missing.add(name);
    }
  }

  /** Any variable may now hold anything. */
  forget(): void {
    this.budget.spend(1 + this.values.size / 4);
    this.anySet = true;
    this.missing.clear();
    for (const name of this.values.keys()) {
      this.values.set(name, undefined);
    }
  }

  /** `local`: the variable of the caller comes back when the function returns. */
  hide(name: string): void {
    const hidden = this.hidden.at(-1);
    if (hidden && !hidden.has(name)) {
      hidden.set(name, this.values.has(name) ? this.values.get(name) : ABSENT);
    }
  }

  get inFunction(): boolean {
    return this.hidden.length > 0;
  }

  enterFunction(): void {
    this.hidden.push(new Map<string, string | typeof ABSENT | undefined>());
  }

  leaveFunction(): void {
    this.hidden.pop()?.forEach((value, name) => {
      if (value === ABSENT) {
        this.values.delete(name);
      } else {
        this.values.set(name, value);
      }
    });
  }

  /** No function runs any more, and what it has hidden matters to nobody. */
  leaveFunctions(): void {
    this.hidden = [];
  }

  /** Those of a process of the shell's own: it has all of them, and changes none of its parent's. */
  copyFrom(parent: Variables): void {
    this.budget.spend(2 + parent.values.size / 4);
    parent.values.forEach((value, name) => this.values.set(name, value));
    parent.missing.forEach((name) => this.missing.add(name));
    parent.constants.forEach((name) => this.constants.add(name));
    parent.changing.forEach((name) => this.changing.add(name));
    parent.references.forEach((name) => this.references.add(name));
    this.anySet = parent.anySet;
    this.holdPath = parent.holdPath;
    if (parent.inFunction) {
      this.enterFunction();
    }
  }

  /** Those of another script: nothing but what is exported, which nobody tracks, and where programs are looked for. */
  copyPathFrom(parent: Variables): void {
    if (parent.values.has("PATH")) {
      this.values.set("PATH", parent.values.get("PATH"));
    }
  }

  /** What is read into this shell may use any variable of it. */
  mayAllBeSet(): void {
    this.anySet = true;
  }
}
